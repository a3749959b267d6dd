/** Who has to act when an error happens. Decides the log level and who is alerted. */
export type ErrorOwner = 'client' | 'config' | 'capacity' | 'upstream' | 'platform'

export interface ErrorDefinition<Facts> {
  /** Public and permanent: callers switch on it. */
  readonly code: string
  /** The HTTP status of the answer. */
  readonly status: number
  readonly owner: ErrorOwner
  /** The sentence for the caller: what is wrong and what to do. */
  readonly message: string | ((facts: Facts) => string)
}

/** What stays inside (`cause`, `detail`) and what may follow the error out (`param`, `retryAfterSeconds`). */
export interface ErrorContext {
  readonly cause?: unknown
  readonly detail?: string
  /** The request field at fault, in the caller's own words. */
  readonly param?: string
  readonly retryAfterSeconds?: number | undefined
}

/** An error with a code, an owner and a sentence that helps. Everything else that is thrown is a bug of ours. */
export class SignalboxError extends Error {
  readonly code: string
  readonly status: number
  readonly owner: ErrorOwner
  readonly detail: string | undefined
  readonly param: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(definition: ErrorDefinition<never>, message: string, context: ErrorContext) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause })
    this.name = 'SignalboxError'
    this.code = definition.code
    this.status = definition.status
    this.owner = definition.owner
    this.detail = context.detail
    this.param = context.param
    this.retryAfterSeconds = context.retryAfterSeconds
  }
}

type ErrorFactory<Facts> = ((facts: Facts, context?: ErrorContext) => SignalboxError) & { readonly code: string }

/**
 * Declares one failure. The result makes the error: `throw modelNotFound({ model })`.
 *
 * @param definition code, status, owner and the caller's sentence, which may be made from facts of the case
 */
export function defineError<Facts = object>(definition: ErrorDefinition<Facts>): ErrorFactory<Facts> {
  const { message } = definition
  const make = (facts: Facts, context: ErrorContext = {}): SignalboxError =>
    new SignalboxError(definition, typeof message === 'string' ? message : message(facts), context)
  return Object.assign(make, { code: definition.code })
}
