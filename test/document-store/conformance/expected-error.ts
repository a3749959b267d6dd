import { type Document, MongoBulkWriteError, MongoServerError } from 'mongodb'
import { mismatch } from './match.ts'

export interface ExpectedError {
  isError?: boolean
  isClientError?: boolean
  errorContains?: string
  errorCode?: number
  errorCodeName?: string
  errorLabelsContain?: string[]
  errorResponse?: Document
  expectResult?: unknown
  writeErrors?: Document
  writeConcernErrors?: Document[]
}

type AnyError = Error & {
  code?: number
  codeName?: string
  errorResponse?: Document
  errorLabels?: string[]
  result?: unknown
  partialResult?: unknown
  writeErrors?: unknown
  writeConcernErrors?: unknown
  cause?: unknown
}

/** Why an error is not the one a test expects; undefined when it is. */
export function errorMismatch(expected: ExpectedError, thrown: unknown): string | undefined {
  const error = thrown as AnyError
  const isServer = error instanceof MongoServerError
  if (expected.isClientError === true && isServer) return `expected an error of the client, got ${String(error)}`
  if (expected.isClientError === false && !isServer && error.name !== 'MongoClientBulkWriteError') {
    return `expected an error of the server, got ${String(error)}`
  }
  if (
    expected.errorContains !== undefined &&
    !error.message.toLowerCase().includes(expected.errorContains.toLowerCase())
  ) {
    return `expected a message with '${expected.errorContains}', got ${String(error)}`
  }
  if (expected.errorCode !== undefined && codeOf(error) !== expected.errorCode) {
    return `expected code ${expected.errorCode}, got ${String(codeOf(error))}: ${String(error)}`
  }
  if (expected.errorCodeName !== undefined && error.codeName !== expected.errorCodeName)
    return `expected ${expected.errorCodeName}, got ${error.codeName}`
  const missing = expected.errorLabelsContain?.find((label) => !error.errorLabels?.includes(label))
  if (missing !== undefined) return `expected the label ${missing}`
  return (
    (expected.errorResponse && mismatch(expected.errorResponse, responseOf(error))) ??
    (expected.expectResult === undefined ? undefined : mismatch(expected.expectResult, resultOf(error))) ??
    mismatchEach(expected.writeErrors, error.writeErrors) ??
    (expected.writeConcernErrors && mismatch(expected.writeConcernErrors, error.writeConcernErrors))
  )
}

/** A bulk write that failed as a whole carries the server's error as its cause. */
function codeOf(error: AnyError): number | undefined {
  return error.code ?? (error.cause as AnyError | undefined)?.code
}

function responseOf(error: AnyError): unknown {
  if (error instanceof MongoBulkWriteError) return [error.writeErrors].flat()[0]?.err ?? error.errorResponse
  return (error.cause as AnyError | undefined)?.errorResponse ?? error.errorResponse
}

function resultOf(error: AnyError): unknown {
  return error.partialResult ?? error.result
}

/** Each error is a root document of its own. */
function mismatchEach(expected: Document | undefined, actual: unknown): string | undefined {
  if (!expected) return undefined
  const errors = actual instanceof Map ? Object.fromEntries(actual) : (actual as Document)
  for (const [index, error] of Object.entries(expected)) {
    const wrong = mismatch(error, errors[index])
    if (wrong !== undefined) return `write error ${index}: ${wrong}`
  }
  return undefined
}
