import type { Faults } from '../dialect.ts'

const REQUEST_ID = 'req_simulator'

/** How Anthropic says that something is wrong (https://platform.claude.com/docs/en/api/errors). */
export const anthropicFaults: Faults = {
  forStatus(status) {
    const [type, message] = BY_STATUS[status] ?? (status < 500 ? REQUEST_FAILED : SERVER_FAILED)
    return toFault(status, { type, message })
  },
  from({ code, status, message }) {
    switch (code) {
      case 'invalid_api_key':
        return toFault(401, { type: 'authentication_error', message: 'invalid x-api-key' })
      case 'model_not_found':
      case 'unknown_url':
        return toFault(404, { type: 'not_found_error', message })
      default:
        return toFault(status, { type: 'invalid_request_error', message })
    }
  },
  // 529 is what the same error is outside a stream.
  midway: (given) => toFault(529, given ?? { type: 'overloaded_error', message: 'Overloaded' }),
}

function toFault(status: number, error: unknown) {
  return {
    status,
    headers: { 'request-id': REQUEST_ID },
    body: { type: 'error', error, request_id: REQUEST_ID },
  }
}

const REQUEST_FAILED = ['invalid_request_error', 'The request failed.'] as const
const SERVER_FAILED = ['api_error', 'Internal server error'] as const

const BY_STATUS: Readonly<Record<number, readonly [type: string, message: string]>> = {
  400: ['invalid_request_error', 'The request is invalid.'],
  401: ['authentication_error', 'invalid x-api-key'],
  402: ['billing_error', 'Your credit balance is too low to access the Anthropic API.'],
  403: ['permission_error', 'Your API key does not have permission to use the specified resource.'],
  404: ['not_found_error', 'model: unknown'],
  413: ['request_too_large', 'Request exceeds the maximum size'],
  429: ['rate_limit_error', 'This request would exceed your organization’s rate limit.'],
  504: ['timeout_error', 'The request timed out.'],
  529: ['overloaded_error', 'Overloaded'],
}
