import type { OutputCheck, OutputChecks } from '../../shared/llm/output-check.ts'
import { scrubSecrets } from '../../shared/secrets/scrub-secrets.ts'
import type { HealthBook } from '../health/health-book.ts'
import type { RequestContext } from '../request-context.ts'
import type { Candidate } from '../snapshot/workspace-view.ts'
import { AttemptFailed } from './attempt-failed.ts'
import { AttemptPlan, type RetryLimits } from './attempt-plan.ts'
import { attemptUpstream, type AttemptDeps, type UpstreamAnswer } from './attempt-upstream.ts'
import { findOutputCheck } from './check-answer.ts'
import { explainFailure, isAboutRequest } from './explain-failure.ts'
import { pauseUnlessGone } from './pause-unless-gone.ts'
import { priceUnused } from './price-unused.ts'
import type { RefusedCredential } from './report-refused-credential.ts'

export interface DispatchDeps extends AttemptDeps {
  readonly health: HealthBook
  readonly retries: RetryLimits
  readonly outputChecks: OutputChecks
  /** From 0 to 1. */
  readonly random: () => number
  /** Returns at once and never throws. */
  readonly reportRefusedCredential: (refused: RefusedCredential) => void
}

/** With less time than this left nobody is asked again: no answer could come of it. */
const LEAST_ATTEMPT_MS = 20

/**
 * Gets an answer from the first candidate that gives one. Another is tried only while nothing has reached the caller:
 * an attempt ends at its first content, and what is relayed afterwards is never taken back. All attempts together take
 * no longer than one call may.
 *
 * @throws SignalboxError when no candidate answered: the caller's fault if the request itself was refused, or promises
 *   a format that cannot be checked
 */
export async function dispatchWithFallback(
  context: RequestContext,
  candidates: readonly Candidate[],
  deps: DispatchDeps,
): Promise<UpstreamAnswer> {
  const { clock, health, retries, random, timeouts } = deps
  const plan = new AttemptPlan(candidates, { recordOf: health.of, limits: retries, now: clock.now, random })
  const deadlineMs = clock.monotonicMs() + timeouts.totalMs
  let last: AttemptFailed | null = null
  for (let next = plan.next(); next; next = plan.next()) {
    const { candidate, pauseMs, hasAlternative } = next
    if (last && clock.monotonicMs() + pauseMs + LEAST_ATTEMPT_MS >= deadlineMs) break
    if (pauseMs > 0) await pauseUnlessGone(context, pauseMs)
    const remainingMs = deadlineMs - clock.monotonicMs()
    const limitMs = hasAlternative ? remainingMs / 2 : remainingMs
    ask(context, candidate)
    const check = findOutputCheck(context, deps.outputChecks)
    const outcome = await attempt(context, candidate, { limitMs, check, deps })
    if (!(outcome instanceof AttemptFailed)) return outcome
    // What a fallback finds wrong with the request is not what the caller has to mend.
    if (last === null || !isAboutRequest(outcome)) last = outcome
    if (!plan.noteFailure(candidate, outcome)) break
  }
  throw explainFailure(context, last, plan.pauseUntilAvailable())
}

/** Where candidates are asked differently: asks this one as its variant says. */
function ask(context: RequestContext, candidate: Candidate): void {
  const draft = context.drafts?.get(candidate)
  if (!draft) return
  context.request = draft.request
  context.body = draft.body
}

interface OneAttempt {
  readonly deps: DispatchDeps
  /** The most that it may take until its whole answer, or the first content of a stream. */
  readonly limitMs: number
  readonly check: OutputCheck | null
}

async function attempt(
  context: RequestContext,
  candidate: Candidate,
  how: OneAttempt,
): Promise<UpstreamAnswer | AttemptFailed> {
  const { deps } = how
  context.candidate = candidate
  const startedMs = deps.clock.monotonicMs()
  const startedAt = deps.clock.now()
  const record = deps.health.of(candidate)
  record.begin()
  let answer: UpstreamAnswer | AttemptFailed
  try {
    answer = await attemptUpstream(context, candidate, how)
  } catch (error) {
    record.endUnanswered(error instanceof AttemptFailed && !SILENCES.has(error.reason))
    if (!(error instanceof AttemptFailed)) throw error
    // Some vendors quote the key they refuse, and the record of the attempt is shown.
    error.message = scrubSecrets(error.message, deps.openCredential(candidate.credential).secrets)
    learnFrom(context, candidate, { failure: error, deps })
    answer = error
  }
  const durationMs = deps.clock.monotonicMs() - startedMs
  // The record is ended by settling, when the last of the answer has come.
  if (!(answer instanceof AttemptFailed)) record.answered(context.stream ? durationMs : null, durationMs)
  note(context, { startedAt, durationMs, failure: answer instanceof AttemptFailed ? answer : null })
  return answer
}

/** Ways to fail in which the provider was not heard of. */
const SILENCES: ReadonlySet<AttemptFailed['reason']> = new Set(['timeout', 'caller-gone'])

/** A provider that limits us without saying for how long. */
const DEFAULT_COOL_DOWN_MS = 500
/** A credential or a model that was refused is not asked for again at once: a person must act first. */
const REFUSED_FOR_MS = 15_000

function learnFrom(
  context: RequestContext,
  candidate: Candidate,
  { failure, deps }: { failure: AttemptFailed; deps: DispatchDeps },
): void {
  const record = deps.health.of(candidate)
  switch (failure.reason) {
    case 'timeout':
    case 'connection':
    case 'unavailable':
      record.failed()
      if (failure.retryAfterMs !== null) record.coolDown(failure.retryAfterMs)
      return
    case 'rate-limit':
      record.learnedNothing()
      record.coolDown(failure.retryAfterMs ?? DEFAULT_COOL_DOWN_MS)
      return
    case 'model':
      record.learnedNothing()
      record.coolDown(REFUSED_FOR_MS)
      return
    case 'credential':
      record.learnedNothing()
      deps.health.coolCredential(candidate, REFUSED_FOR_MS)
      deps.reportRefusedCredential({ candidate, workspaceId: context.workspace?.workspaceId ?? '', failure })
      return
    case 'request':
    case 'untranslatable':
    case 'context-length':
    case 'content-filter':
    case 'caller-gone':
    // It answered; that its model writes what does not conform is no fault of the endpoint.
    case 'invalid-output':
      record.learnedNothing()
      return
    default:
      failure.reason satisfies never
  }
}

function note(
  context: RequestContext,
  { startedAt, durationMs, failure }: { startedAt: number; durationMs: number; failure: AttemptFailed | null },
): void {
  const { candidate } = context
  if (!candidate) return
  context.upstreamMs += durationMs
  context.attempts.push({
    model: candidate.model.id,
    gateway: candidate.endpoint.gateway,
    upstreamModel: candidate.endpoint.upstreamModel,
    credentialId: candidate.credential.id,
    outcome: failure ? failure.reason : 'answered',
    status: failure ? failure.status : 200,
    startedAt,
    durationMs: Math.round(durationMs * 1_000) / 1_000,
    detail: failure?.message,
    costNanodollars: failure?.answer ? priceUnused(failure.answer, candidate, context.startedAt) : undefined,
  })
}
