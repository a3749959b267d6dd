import type { Clock } from '../../shared/runtime/clock.ts'
import type { Away, Meter, MeterRule, TakeOutcome } from './meter.ts'
import type { Permit } from './permit-account.ts'

export const LIMIT_UNITS = ['requests', 'tokens', 'concurrency'] as const
export type LimitUnit = (typeof LIMIT_UNITS)[number]

/** One limit that holds for a caller. */
export interface AppliedLimit extends MeterRule {
  readonly unit: LimitUnit
  readonly scope: 'workspace' | 'key'
  readonly meter: Meter
}

/** What a call holds of one limit. */
interface Holding {
  readonly applied: AppliedLimit
  readonly permit: Permit
  readonly amount: number
}

export type Admission =
  | { readonly type: 'admitted'; readonly permits: CallPermits }
  | { readonly type: 'refused'; readonly refusal: LimitRefusal }
  | Away

/** What answers tell of the limit of which the smallest part is left. */
export interface LimitState {
  readonly limit: number
  readonly remaining: number
  readonly resetSeconds: number
  readonly unit: LimitUnit
}

/** Tells of limits, for the headers of an answer. Null: there is none. */
export interface LimitReader {
  state(nowMs: number): LimitState | null
}

const SECOND_MS = 1_000

/** The limits that hold for one key: its own, and those of its workspace. */
export class CallLimits implements LimitReader {
  readonly #applied: readonly AppliedLimit[]
  readonly hasTokenLimit: boolean

  constructor(applied: readonly AppliedLimit[]) {
    this.#applied = applied
    this.hasTokenLimit = applied.some(({ unit }) => unit === 'tokens')
  }

  /**
   * Takes a permit of every limit, or of none. At once where this process has them.
   *
   * @param tokens what the call may use at most; one that is larger than a whole limit passes when nothing else is
   *   counted, and 0 asks no limit on tokens
   */
  admit(tokens: number, clock: Clock): Admission | Promise<Admission> {
    return this.#admitFrom(0, { permits: new CallPermits(), tokens, clock })
  }

  /** The tightest limit: the one of which the smallest part is left. What this process knows; others may have used more. */
  state(nowMs: number): LimitState | null {
    let tightest: LimitState | null = null
    for (const applied of this.#applied) {
      const { remaining, resetAtMs } = applied.meter.look(applied, nowMs)
      if (tightest && remaining / applied.limit >= tightest.remaining / tightest.limit) continue
      tightest = { limit: applied.limit, remaining, resetSeconds: secondsUntil(resetAtMs, nowMs), unit: applied.unit }
    }
    return tightest
  }

  #admitFrom(first: number, call: AdmittedCall): Admission | Promise<Admission> {
    // Asked anew after each wait: a lease may have ended in it.
    const nowMs = call.clock.monotonicMs()
    for (let index = first; index < this.#applied.length; index += 1) {
      const applied = this.#applied[index]
      if (!applied) continue
      const amount = applied.unit === 'tokens' ? Math.min(call.tokens, applied.limit) : 1
      if (amount === 0) continue
      const outcome = applied.meter.take(amount, applied, nowMs)
      if (outcome instanceof Promise) {
        return outcome.then((later) => note(call, { applied, amount }, later) ?? this.#admitFrom(index + 1, call))
      }
      const refused = note(call, { applied, amount }, outcome)
      if (refused) return refused
    }
    return { type: 'admitted', permits: call.permits }
  }
}

/** The limit that refused a call, which its answer tells of. */
export class LimitRefusal implements LimitReader {
  readonly by: AppliedLimit
  readonly retryAtMs: number

  constructor(by: AppliedLimit, retryAtMs: number) {
    this.by = by
    this.retryAtMs = retryAtMs
  }

  state(nowMs: number): LimitState {
    const { limit, unit, meter } = this.by
    // Of tokens something may be left, and too little for this call.
    const remaining = unit === 'tokens' ? meter.look(this.by, nowMs).remaining : 0
    return { limit, remaining, resetSeconds: Math.max(1, secondsUntil(this.retryAtMs, nowMs)), unit }
  }
}

function secondsUntil(atMs: number, nowMs: number): number {
  return Math.ceil(Math.max(0, atMs - nowMs) / SECOND_MS)
}

interface AdmittedCall {
  readonly permits: CallPermits
  readonly tokens: number
  readonly clock: Clock
}

/** Null: go on with the next limit. A call that one limit refuses has used nothing of the others. */
function note(
  { permits }: AdmittedCall,
  { applied, amount }: { applied: AppliedLimit; amount: number },
  outcome: TakeOutcome,
): Admission | null {
  switch (outcome.type) {
    case 'taken':
      permits.add({ applied, permit: outcome, amount })
      return null
    case 'refused':
      permits.giveBack()
      return { type: 'refused', refusal: new LimitRefusal(applied, outcome.retryAtMs) }
    case 'away':
      permits.giveBack()
      return outcome
    default:
      return outcome satisfies never
  }
}

/** What a call under way holds of the limits. */
export class CallPermits {
  readonly #holdings: Holding[] = []

  add(holding: Holding): void {
    this.#holdings.push(holding)
  }

  /** As if the call had never been. */
  giveBack(): void {
    for (const { applied, permit, amount } of this.#holdings) applied.meter.giveBack(permit, amount)
    this.#holdings.length = 0
  }

  /** The call has ended. A second time changes nothing. */
  settle({ counts, tokens, nowMs }: { counts: boolean; tokens: number; nowMs: number }): void {
    for (const { applied, permit, amount } of this.#holdings) {
      const used = USED[applied.unit](counts, tokens)
      if (used < amount) applied.meter.giveBack(permit, amount - used)
      else if (used > amount) applied.meter.useMore(used - amount, nowMs)
    }
    this.#holdings.length = 0
  }
}

const USED: Readonly<Record<LimitUnit, (counts: boolean, tokens: number) => number>> = {
  requests: (counts) => (counts ? 1 : 0),
  tokens: (_counts, tokens) => tokens,
  concurrency: () => 0,
}
