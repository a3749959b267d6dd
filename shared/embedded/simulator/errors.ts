import { defineError } from '../../errors/define-error.ts'

/** What the simulator itself refuses. A dialect says it in its vendor's words; the codes are OpenAI's. */
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
