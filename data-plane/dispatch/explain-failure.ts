import type { SignalboxError } from '../../shared/errors/define-error.ts'
import { callerLeft, invalidOutput, noProviderAvailable, upstreamRefusedRequest } from '../errors.ts'
import type { RequestContext } from '../request-context.ts'
import type { AttemptFailed } from './attempt-failed.ts'

/**
 * What the caller is told when no candidate answered, going by the last attempt: it was the best that was left. A
 * provider's own words are repeated only where they are about the request.
 *
 * @param failure null: every candidate is left alone at the moment
 * @param pauseMs how long until one may be asked again; null: it may be now
 */
export function explainFailure(
  context: RequestContext,
  failure: AttemptFailed | null,
  pauseMs: number | null,
): SignalboxError {
  const { candidate, requestedModel: model } = context
  const retryAfterSeconds = pauseMs === null ? undefined : Math.ceil(pauseMs / 1_000)
  if (!failure) {
    return noProviderAvailable({ model, reason: 'each has failed of late and is given time' }, { retryAfterSeconds })
  }
  const gateway = candidate?.endpoint.gateway ?? 'the provider'
  switch (failure.reason) {
    case 'caller-gone':
      return callerLeft({}, { cause: failure })
    case 'request':
    case 'untranslatable':
    case 'context-length':
    case 'content-filter':
      return upstreamRefusedRequest({ gateway, reason: failure.message }, { cause: failure })
    case 'invalid-output':
      return invalidOutput({ model: candidate?.model.id ?? model, fault: failure.message }, { cause: failure })
    default:
      return noProviderAvailable(
        { model, reason: `${gateway} ${WHAT_HAPPENED[failure.reason]}` },
        { cause: failure, detail: failure.message, retryAfterSeconds },
      )
  }
}

const WHAT_HAPPENED = {
  credential: 'refused the credential',
  model: 'does not serve the model to this credential',
  'rate-limit': 'limits the rate of calls',
  unavailable: 'failed',
  timeout: 'did not answer in time',
  connection: 'could not be reached, or the connection broke',
} as const

/** Whether a provider found fault with the request, and not with itself. */
export function isAboutRequest({ reason }: AttemptFailed): boolean {
  return (
    reason === 'request' || reason === 'untranslatable' || reason === 'context-length' || reason === 'content-filter'
  )
}
