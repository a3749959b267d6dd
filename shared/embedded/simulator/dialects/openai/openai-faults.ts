import type { Faults } from '../dialect.ts'

interface OpenAiError {
  readonly message: string
  readonly type: string
  readonly param: string | null
  readonly code: string | null
}

/** How OpenAI says that something is wrong (https://platform.openai.com/docs/guides/error-codes). */
export const openAiFaults: Faults = {
  forStatus: (status) => ({ status, body: { error: errorForStatus(status) } }),
  from({ status, code: given, message, param }) {
    const code = given === 'invalid_request' ? null : given
    const error: OpenAiError = { message, type: 'invalid_request_error', param: param ?? null, code }
    return { status, body: { error } }
  },
  midway: (given) => ({ status: 500, body: { error: given ?? errorForStatus(500) } }),
}

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

const FALLBACK: OpenAiError = {
  message: 'The server had an error while processing your request.',
  type: 'server_error',
  param: null,
  code: null,
}

function errorForStatus(status: number): OpenAiError {
  const fallback =
    status < 500 ? { ...FALLBACK, message: 'The request failed.', type: 'invalid_request_error' } : FALLBACK
  return BY_STATUS[status] ?? fallback
}
