import { unwrapResolverError } from '@apollo/server/errors'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { ArgumentValidationError } from 'type-graphql'
import { SignalboxError } from '../../shared/errors/define-error.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { internalError, invalidInput, unavailable } from './api.errors.ts'

/** Codes of GraphQL itself, in the words of our own. */
const OWN_CODES: Readonly<Record<string, string>> = {
  GRAPHQL_PARSE_FAILED: 'invalid_query',
  GRAPHQL_VALIDATION_FAILED: 'invalid_query',
  BAD_USER_INPUT: 'invalid_input',
  BAD_REQUEST: 'bad_request',
  OPERATION_RESOLUTION_FAILURE: 'invalid_query',
  PERSISTED_QUERY_NOT_FOUND: 'invalid_query',
  PERSISTED_QUERY_NOT_SUPPORTED: 'invalid_query',
}

interface ClassValidatorError {
  readonly property: string
  readonly constraints?: Readonly<Record<string, string>>
  readonly children?: readonly ClassValidatorError[]
}

/**
 * The one place where an error becomes an answer. Every answer has a code; what we do not know is ours: logged with all
 * it holds, and told without any of it.
 */
export function createFormatError(logger: Logger) {
  return (formatted: GraphQLFormattedError, thrown: unknown): GraphQLFormattedError => {
    const { locations, path } = formatted
    const at = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) }
    const error = toOwnError(unwrapResolverError(thrown))
    if (error) {
      if (error.owner === 'platform') logger.error({ err: error, path }, 'a request failed')
      if (error.owner === 'capacity') logger.warn({ err: error, path }, 'a request met an outage')
      return { ...at, message: error.message, extensions: extensionsOf(error) }
    }
    const code = OWN_CODES[String(formatted.extensions?.['code'])]
    if (thrown instanceof GraphQLError && code !== undefined && isOfGraphql(thrown)) {
      return { ...at, message: formatted.message, extensions: { code } }
    }
    logger.error({ err: thrown, path }, 'a request failed unexpectedly')
    const unexpected = internalError({})
    return { ...at, message: unexpected.message, extensions: { code: unexpected.code } }
  }
}

/** An error of the query or its variables, and not one a resolver threw with such a code. */
function isOfGraphql(error: GraphQLError): boolean {
  return !error.originalError || error.originalError instanceof GraphQLError || error.path === undefined
}

function toOwnError(error: unknown): SignalboxError | null {
  if (error instanceof SignalboxError) return error
  if (isOutage(error)) return unavailable({}, { cause: error })
  if (!(error instanceof ArgumentValidationError)) return null
  const validationErrors: unknown = error.extensions['validationErrors']
  const fault = Array.isArray(validationErrors) ? firstFault(validationErrors, '') : null
  const { field, sentence } = fault ?? { field: 'input', sentence: 'is not valid' }
  // class-validator's sentences begin with the property's name.
  const last = field.split('.').at(-1) ?? field
  const rest = sentence.startsWith(`${last} `) ? sentence.slice(last.length + 1) : sentence
  return invalidInput({ field, fault: rest }, { param: field })
}

/** How the drivers say that their server is away. */
const OUTAGES =
  /^Mongo(ose)?(ServerSelection|Network|NetworkTimeout|PoolCleared|NotConnected)\w*Error$|^MaxRetriesPerRequestError$/
const REDIS_OUTAGES = /^(Connection is closed|Stream isn't writeable|Command timed out)/

function isOutage(error: unknown): boolean {
  return error instanceof Error && (OUTAGES.test(error.name) || REDIS_OUTAGES.test(error.message))
}

function firstFault(
  errors: readonly ClassValidatorError[],
  prefix: string,
): { field: string; sentence: string } | null {
  for (const { property, constraints, children } of errors) {
    const field = prefix + property
    const sentence = Object.values(constraints ?? {})[0]
    if (sentence !== undefined) return { field, sentence }
    const below = firstFault(children ?? [], `${field}.`)
    if (below) return below
  }
  return null
}

function extensionsOf({ code, param, retryAfterSeconds }: SignalboxError): Record<string, unknown> {
  return {
    code,
    ...(param === undefined ? {} : { field: param }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  }
}
