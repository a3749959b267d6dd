import type { SignalboxError } from '../../shared/errors/define-error.ts'
import { scrubSecrets } from '../../shared/secrets/scrub-secrets.ts'
import { callerLeft, internalError, noProviderAvailable, upstreamRefusedRequest } from '../errors.ts'
import type { RequestContext } from '../request-context.ts'
import type { Candidate } from '../snapshot/workspace-view.ts'
import { AttemptFailed } from './attempt-failed.ts'
import { attemptUpstream, type AttemptDeps, type UpstreamAnswer } from './attempt-upstream.ts'
import type { RefusedCredential } from './report-refused-credential.ts'

/** Where a failure is not the request's own, another candidate may do better; this many are tried at most. */
const MOST_ATTEMPTS = 1

export interface DispatchDeps extends AttemptDeps {
  /** Returns at once and never throws. */
  readonly reportRefusedCredential: (refused: RefusedCredential) => void
}

/**
 * Gets an answer from the first candidate that gives one. Another is tried only while nothing has reached the caller:
 * an attempt ends at its first content, and what is relayed afterwards is never taken back.
 *
 * @throws SignalboxError when no candidate answered: the caller's fault if the request itself was refused
 */
export async function dispatchWithFallback(
  context: RequestContext,
  candidates: readonly Candidate[],
  deps: DispatchDeps,
): Promise<UpstreamAnswer> {
  let last: AttemptFailed | null = null
  for (const candidate of candidates.slice(0, MOST_ATTEMPTS)) {
    context.candidate = candidate
    const startedMs = deps.clock.monotonicMs()
    const startedAt = deps.clock.now()
    try {
      const answer = await attemptUpstream(context, candidate, deps)
      note(context, { startedAt, durationMs: deps.clock.monotonicMs() - startedMs, failure: null })
      return answer
    } catch (error) {
      if (!(error instanceof AttemptFailed)) throw error
      last = error
      // Some vendors quote the key they refuse, and the record of the attempt is shown.
      error.message = scrubSecrets(error.message, deps.openCredential(candidate.credential).secrets)
      if (error.reason === 'credential') {
        const workspaceId = context.workspace?.workspaceId ?? ''
        deps.reportRefusedCredential({ candidate, workspaceId, failure: error })
      }
      note(context, { startedAt, durationMs: deps.clock.monotonicMs() - startedMs, failure: error })
      if (error.reason === 'request' || error.reason === 'caller-gone') break
    }
  }
  throw explain(context, last)
}

function note(
  context: RequestContext,
  { startedAt, durationMs, failure }: { startedAt: number; durationMs: number; failure: AttemptFailed | null },
): void {
  const { candidate } = context
  if (!candidate) return
  context.upstreamMs += durationMs
  context.attempts.push({
    gateway: candidate.endpoint.gateway,
    upstreamModel: candidate.endpoint.upstreamModel,
    credentialId: candidate.credential.id,
    outcome: failure ? failure.reason : 'answered',
    status: failure ? failure.status : 200,
    startedAt,
    durationMs: Math.round(durationMs * 1_000) / 1_000,
    detail: failure ? failure.message : null,
  })
}

function explain(context: RequestContext, failure: AttemptFailed | null): SignalboxError {
  const { candidate, requestedModel } = context
  if (!candidate || !failure) return internalError({}, { detail: 'there was no candidate to try' })
  const { gateway } = candidate.endpoint
  if (failure.reason === 'caller-gone') return callerLeft({}, { cause: failure })
  if (failure.reason === 'request') {
    return upstreamRefusedRequest({ gateway, reason: failure.message }, { cause: failure })
  }
  // A provider's refusal of our credential is not the caller's business in its own words: they may hold part of it.
  const reason = MASKED[failure.reason] ? `${gateway} ${MASKED[failure.reason]}` : failure.message
  return noProviderAvailable(
    { model: requestedModel, reason },
    { cause: failure, detail: failure.message, retryAfterSeconds: inSeconds(failure.retryAfterMs) },
  )
}

/** What is said instead of a provider's own words about our credential. */
const MASKED: Readonly<Partial<Record<AttemptFailed['reason'], string>>> = {
  credential: 'refused the credential',
  model: 'does not serve the model to this credential',
}

function inSeconds(ms: number | null): number | undefined {
  return ms === null ? undefined : Math.ceil(ms / 1_000)
}
