import { defineError, type SignalboxError } from '../../errors/define-error.ts'

/** What goes wrong at an OpenAI-compatible provider, in its words: `code` is what its clients read. */
export const invalidApiKey = defineError({
  code: 'invalid_api_key',
  status: 401,
  owner: 'config',
  message: 'Incorrect API key provided.',
})
export const invalidRequest = defineError<{ reason: string }>({
  code: 'invalid_request',
  status: 400,
  owner: 'client',
  message: ({ reason }) => reason,
})
export const modelNotFound = defineError<{ model: string }>({
  code: 'model_not_found',
  status: 404,
  owner: 'client',
  message: ({ model }) => `The model \`${model}\` does not exist or you do not have access to it.`,
})
export const unknownUrl = defineError<{ method: string; path: string }>({
  code: 'unknown_url',
  status: 404,
  owner: 'client',
  message: ({ method, path }) => `Unknown request URL: ${method} ${path}. Please check the URL for typos.`,
})

/** The sentences and types OpenAI sends with a status, for scripts that name the status alone. */
const BY_STATUS: Readonly<Record<number, OpenAiError>> = {
  400: { message: 'The request is invalid.', type: 'invalid_request_error', param: null, code: null },
  401: { message: 'Incorrect API key provided.', type: 'invalid_request_error', param: null, code: 'invalid_api_key' },
  403: {
    message: 'Country, region, or territory not supported.',
    type: 'request_forbidden',
    param: null,
    code: 'unsupported_country_region_territory',
  },
  404: { message: 'The model does not exist.', type: 'invalid_request_error', param: null, code: 'model_not_found' },
  429: { message: 'Rate limit reached for requests.', type: 'requests', param: null, code: 'rate_limit_exceeded' },
  503: {
    message: 'The engine is currently overloaded, please try again later.',
    type: 'server_error',
    param: null,
    code: null,
  },
}

export interface OpenAiError {
  readonly message: string
  readonly type: string
  readonly param: string | null
  readonly code: string | null
}

/** The error body OpenAI sends with a status. */
export function errorForStatus(status: number): { readonly error: OpenAiError } {
  const fallback = {
    message: 'The server had an error while processing your request.',
    type: 'server_error',
    param: null,
    code: null,
  }
  return {
    error:
      BY_STATUS[status] ??
      (status < 500 ? { ...fallback, message: 'The request failed.', type: 'invalid_request_error' } : fallback),
  }
}

/** One of our errors in OpenAI's shape. */
export function toOpenAiError(error: SignalboxError): { readonly error: OpenAiError } {
  const code = error.code === 'invalid_request' ? null : error.code
  return { error: { message: error.message, type: 'invalid_request_error', param: error.param ?? null, code } }
}
