import type { EndpointRecord } from '../health/endpoint-record.ts'
import type { Candidate } from '../snapshot/workspace-view.ts'
import type { AttemptFailed } from './attempt-failed.ts'

/**
 * Which candidate is tried next, and when. The ways to reach one model are tried one after the other; when all of them
 * failed in a way that may pass, the first that may be asked again is tried once more, after a pause; then comes the
 * next model. Endpoints whose breaker is open are passed over. An answer that was not of the form promised moves on
 * once, to whoever was not asked yet, or to the same candidate where there is nobody else.
 */

export interface RetryLimits {
  /** The pause before a candidate is tried again, doubled each time, with jitter. */
  readonly backoffMs: number
  /** A provider that asks for a longer pause than this is not waited for. */
  readonly longestPauseMs: number
}

export interface NextAttempt {
  readonly candidate: Candidate
  readonly pauseMs: number
  /** Somebody else could still be asked, so this one must leave time for it. */
  readonly hasAlternative: boolean
}

interface PlanDeps {
  readonly recordOf: (candidate: Candidate) => Pick<EndpointRecord, 'isOpen' | 'availableAt'>
  readonly limits: RetryLimits
  readonly now: () => number
  /** From 0 to 1. */
  readonly random: () => number
}

/** Over all candidates of a call: what has failed so often is not going to succeed. */
const MOST_ATTEMPTS = 8
const MOST_ON_ONE = 2
/** Each is paid for: a third would cost more than it is likely to bring. */
const MOST_INVALID = 2

/** What may be otherwise a moment later. */
const PASSES: ReadonlySet<AttemptFailed['reason']> = new Set(['timeout', 'connection', 'unavailable', 'rate-limit'])
/** The first choice says that the request is at fault; what a fallback makes of it says nothing of the others. */
const AT_FAULT: ReadonlySet<AttemptFailed['reason']> = new Set(['request', 'content-filter'])

interface Tried {
  readonly candidate: Candidate
  times: number
  last: AttemptFailed
}

export class AttemptPlan {
  readonly #candidates: readonly Candidate[]
  readonly #deps: PlanDeps
  /** Made with the first failure: most calls have none. */
  #groups: readonly (readonly Candidate[])[] | null = null
  readonly #tried: Tried[] = []
  #attempts = 0
  #longestContext = 0
  #invalid = 0
  #lastInvalid: Candidate | null = null

  constructor(candidates: readonly Candidate[], deps: PlanDeps) {
    this.#candidates = candidates
    this.#deps = deps
  }

  /** @returns null when nothing is left to try */
  next(): NextAttempt | null {
    const [best] = this.#candidates
    if (this.#attempts === 0 && best && this.#mayBeAsked(best)) {
      return { candidate: best, pauseMs: 0, hasAlternative: this.#hasOther(best) }
    }
    if (this.#attempts >= MOST_ATTEMPTS) return null
    for (const group of this.#models()) {
      const fresh = group.find((candidate) => !this.#triedWith(candidate) && this.#mayBeAsked(candidate))
      if (fresh) return { candidate: fresh, pauseMs: 0, hasAlternative: this.#hasOther(fresh) }
      const again = this.#again(group)
      if (again) return again
    }
    const invalid = this.#lastInvalid
    return invalid && this.#mayBeAsked(invalid) ? { candidate: invalid, pauseMs: 0, hasAlternative: false } : null
  }

  /** How long until somebody may be asked again; null where somebody may be asked now. */
  pauseUntilAvailable(): number | null {
    const pauses = this.#candidates.map((candidate) => this.#deps.recordOf(candidate).availableAt - this.#deps.now())
    const shortest = Math.min(...pauses)
    return shortest > 0 && Number.isFinite(shortest) ? shortest : null
  }

  /** @returns false when nobody else is to be asked */
  noteFailure(candidate: Candidate, failure: AttemptFailed): boolean {
    this.#attempts += 1
    const tried = this.#triedWith(candidate)
    if (tried) Object.assign(tried, { times: tried.times + 1, last: failure })
    else this.#tried.push({ candidate, times: 1, last: failure })
    // A prompt that was too long for one model is only tried on those that hold more.
    if (failure.reason === 'context-length') {
      this.#longestContext = Math.max(this.#longestContext, candidate.model.contextWindow ?? 0)
    }
    if (failure.reason === 'invalid-output') {
      this.#invalid += 1
      this.#lastInvalid = candidate
    }
    if (failure.reason === 'caller-gone' || this.#invalid >= MOST_INVALID) return false
    return !(AT_FAULT.has(failure.reason) && this.#attempts === 1)
  }

  #hasOther(candidate: Candidate): boolean {
    return this.#candidates.some((other) => other !== candidate && !this.#triedWith(other) && this.#mayBeAsked(other))
  }

  #models(): readonly (readonly Candidate[])[] {
    return (this.#groups ??= groupByModel(this.#candidates))
  }

  #triedWith(candidate: Candidate): Tried | undefined {
    return this.#tried.find((tried) => tried.candidate === candidate)
  }

  #mayBeAsked(candidate: Candidate): boolean {
    return this.#holdsThePrompt(candidate) && !this.#deps.recordOf(candidate).isOpen
  }

  #holdsThePrompt({ model }: Candidate): boolean {
    return this.#longestContext === 0 || (model.contextWindow ?? 0) > this.#longestContext
  }

  #again(group: readonly Candidate[]): NextAttempt | null {
    let best: NextAttempt | null = null
    for (const candidate of group) {
      const tried = this.#triedWith(candidate)
      if (!tried || tried.times >= MOST_ON_ONE || !PASSES.has(tried.last.reason)) continue
      const pauseMs = this.#pauseBefore(candidate, tried.times)
      if (pauseMs > this.#deps.limits.longestPauseMs) continue
      if (best === null || pauseMs < best.pauseMs)
        best = { candidate, pauseMs, hasAlternative: this.#hasOther(candidate) }
    }
    return best
  }

  /** The provider's own wish, else exponential with jitter, so that callers of one outage do not come back together. */
  #pauseBefore(candidate: Candidate, times: number): number {
    const { limits, recordOf, now, random } = this.#deps
    const wished = recordOf(candidate).availableAt - now()
    if (wished > 0) return wished
    return limits.backoffMs * 2 ** (times - 1) * (0.5 + random() / 2)
  }
}

function groupByModel(candidates: readonly Candidate[]): Candidate[][] {
  const groups = new Map<string, Candidate[]>()
  for (const candidate of candidates) {
    const group = groups.get(candidate.model.id)
    if (group) group.push(candidate)
    else groups.set(candidate.model.id, [candidate])
  }
  return [...groups.values()]
}
