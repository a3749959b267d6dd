import type { Fault, Faults } from '../dialect.ts'

/**
 * How Bedrock says that something is wrong: a header names the exception, the body has a sentence
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors).
 */
export const bedrockFaults: Faults = {
  forStatus(status) {
    const [type, message] = BY_STATUS[status] ?? (status < 500 ? REQUEST_FAILED : SERVER_FAILED)
    return toFault(status, { type, message })
  },
  from({ code, status, message }) {
    switch (code) {
      case 'invalid_api_key':
        return toFault(403, {
          type: 'UnrecognizedClientException',
          message: 'The security token included in the request is invalid.',
        })
      case 'model_not_found':
        return toFault(400, { type: 'ValidationException', message: 'The provided model identifier is invalid.' })
      case 'unknown_url':
        return toFault(404, { type: 'UnknownOperationException', message })
      default:
        return toFault(status, { type: 'ValidationException', message })
    }
  },
  midway: (given) => toFault(424, { ...MODEL_STREAM_FAILED, ...(typeof given === 'object' && given) }),
}

/** The exception that a fault's header names. */
export function exceptionOf({ headers }: Fault): string {
  return headers?.['x-amzn-errortype']?.split(':', 1)[0] ?? 'InternalServerException'
}

/** A script's own error is an object that names its exception as `type`. */
function toFault(status: number, { type, ...body }: { type: string; message: string }): Fault {
  return {
    status,
    headers: {
      'x-amzn-requestid': 'simulator',
      'x-amzn-errortype': `${type}:http://internal.amazon.com/coral/com.amazon.bedrock/`,
    },
    body,
  }
}

const MODEL_STREAM_FAILED = {
  type: 'ModelStreamErrorException',
  message: 'An error occurred while streaming the response.',
}

type ExceptionWords = readonly [type: string, message: string]

const REQUEST_FAILED: ExceptionWords = ['ValidationException', 'The request is invalid.']
const SERVER_FAILED: ExceptionWords = ['InternalServerException', 'The system encountered an unexpected error.']

const BY_STATUS: Readonly<Record<number, ExceptionWords>> = {
  400: REQUEST_FAILED,
  401: ['UnauthorizedException', 'Authentication failed.'],
  403: ['AccessDeniedException', 'You don’t have access to the model with the specified model ID.'],
  404: ['ResourceNotFoundException', 'The model is not found.'],
  408: ['ModelTimeoutException', 'Model has timed out in processing the request.'],
  424: ['ModelErrorException', 'The model returned an error.'],
  429: ['ThrottlingException', 'Too many requests, please wait before trying again.'],
  503: ['ServiceUnavailableException', 'Bedrock is unable to process your request.'],
}
