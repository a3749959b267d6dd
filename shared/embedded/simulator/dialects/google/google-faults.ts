import type { Fault, Faults } from '../dialect.ts'

/** How the Gemini API says that something is wrong (https://ai.google.dev/gemini-api/docs/troubleshooting). */
export const geminiFaults: Faults = {
  forStatus: forGoogleStatus,
  from(error) {
    // A wrong key is a bad request there, told apart by its reason alone.
    if (error.code !== 'invalid_api_key') return fromGoogle(error)
    const details = [reason('API_KEY_INVALID', 'generativelanguage.googleapis.com')]
    return toFault(400, { message: 'API key not valid. Please pass a valid API key.', details })
  },
  midway,
}

/** How Vertex AI says it (https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/api-errors). */
export const vertexFaults: Faults = {
  forStatus: forGoogleStatus,
  from(error) {
    if (error.code !== 'invalid_api_key') return fromGoogle(error)
    const details = [reason('ACCESS_TOKEN_TYPE_UNSUPPORTED', 'aiplatform.googleapis.com')]
    return toFault(401, { message: BY_STATUS[401]?.[1], details })
  },
  midway,
}

interface Worded {
  readonly message?: string
  readonly details?: readonly object[]
}

function forGoogleStatus(status: number): Fault {
  return toFault(status, {})
}

function fromGoogle({ status, message }: { status: number; message: string }): Fault {
  return toFault(status, { message })
}

function midway(given: unknown): Fault {
  return given === undefined ? toFault(503, {}) : { status: 503, body: { error: given } }
}

function toFault(status: number, { message, details }: Worded): Fault {
  const [word, usual] = BY_STATUS[status] ?? (status < 500 ? REQUEST_FAILED : SERVER_FAILED)
  return {
    status,
    body: { error: { code: status, message: message ?? usual, status: word, ...(details && { details }) } },
  }
}

function reason(word: string, service: string): object {
  return {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason: word,
    domain: 'googleapis.com',
    metadata: { service },
  }
}

type StatusWords = readonly [status: string, message: string]

const REQUEST_FAILED: StatusWords = ['INVALID_ARGUMENT', 'Request contains an invalid argument.']
const SERVER_FAILED: StatusWords = ['INTERNAL', 'Internal error encountered.']

/** Google's words for a status (https://cloud.google.com/apis/design/errors#handling_errors). */
const BY_STATUS: Readonly<Record<number, StatusWords>> = {
  400: REQUEST_FAILED,
  401: ['UNAUTHENTICATED', 'Request had invalid authentication credentials. Expected OAuth 2 access token.'],
  403: ['PERMISSION_DENIED', 'The caller does not have permission.'],
  404: ['NOT_FOUND', 'Publisher Model was not found or your project does not have access to it.'],
  409: ['ABORTED', 'The operation was aborted.'],
  429: ['RESOURCE_EXHAUSTED', 'Resource exhausted. Please try again later.'],
  499: ['CANCELLED', 'The operation was cancelled.'],
  500: SERVER_FAILED,
  503: ['UNAVAILABLE', 'The model is overloaded. Please try again later.'],
  504: ['DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.'],
}
