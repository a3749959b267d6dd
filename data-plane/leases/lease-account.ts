import {
  LEASE_MS,
  type LeaseAnswer,
  type LeaseReport,
  type Need,
  type NeedOutcome,
} from '../../shared/money/credit-leases.ts'
import type { Settlement } from '../../shared/money/credit-balance.ts'
import { nanodollars, type Nanodollars } from '../../shared/money/nanodollars.ts'

/**
 * This process's lease on one account, a workspace's credits or a budget: calls reserve and settle in it without a network hop.
 *
 * INVARIANT. In Redis, after every script: balance + Σ outstanding (what leases hold) + Σ charges settled = Σ credits.
 * In a process: free + committed ≤ outstanding + its charges that are settled without it knowing. So what all processes
 * together can spend is never more than what Redis has set aside for them: nothing is sold twice.
 *
 * PROOF SKETCH. A report says what the process keeps (k = committed + free), not what it changes. The script gathers
 * pool = balance + outstanding − the charges it has not seen before, and hands it out again: kept = min(k, pool),
 * needs and a slice from what remains, the rest is the balance. Nothing is made and nothing lost, so the sum holds.
 * For the process:
 *  1. Between reports it only moves money between free and committed, or lets go of it; free + committed never rises.
 *  2. Money it offers leaves `free` before the report is sent, and money it is given enters after the answer has come.
 *     So in between outstanding is at least as much, whether or not the script has run yet.
 *  3. No answer: it goes on with less (the offer is gone, the slice never came). If the script did run, outstanding is
 *     what was said there plus gifts never received, and the charges are settled; if not, what it was. The invariant
 *     holds for both. The next report says what is really kept, and the difference is in the balance again. One report
 *     is under way at a time and each has a higher sequence, so that one delayed on a dead connection changes nothing.
 *  4. Charges are taken once each: by id. One that another had taken before (the worker that records the call) had
 *     left outstanding or the balance already, and `kept` does not depend on it. Redis remembers an id from when it is
 *     first told until a quarter of an hour after the ledger has it (a week, where that never comes); who tells later
 *     looks first: the worker, which announces before it writes, takes nothing for what the ledger has had for minutes
 *     (`control-plane/modules/billing/record-charges.ts`), and a process leaves what waited for minutes to the worker.
 *  5. The lease is gone (its time was up, or Redis was emptied): idle money is not kept, only what calls under way
 *     hold, as far as the balance has it. To be sure that none is spent after it was given back, nothing is reserved
 *     from the lease when it was not confirmed for LEASE_MS less a margin, by a clock that does not jump.
 * Charges are at most what was reserved, so the balance stays at or above zero; one that is higher (an upstream broke
 * the limit it was given) takes the excess from free. Of credits, what is more than that is forgiven before it comes
 * here (`price-call.ts`); in a budget it is owed (free < 0), and the balance makes up for it.
 * The last unit can be spent: idle money is handed back when each call must ask anyway (`tight`), and on a recall.
 *
 * LIMITS. A call that outlives its lease, because its process was cut off from Redis for a minute, is not covered while
 * it runs; what it costs is taken all the same. When Redis comes back empty and is filled from the ledger, a process
 * may spend what it held idle until its next report: that is made when the connection is back, and 50 ms after a call.
 */
export class LeaseAccount {
  /** May be reserved. Below zero: calls under way hold more than the lease does. */
  #free = 0
  /** Held by calls under way, and by charges that are not reported yet. */
  #committed = 0
  #settlements: WaitingSettlement[] = []
  #sequence = 0
  #tight = false
  #available = 0
  /** All that Redis told last, but for what other processes hold; null: it has not told. */
  #told: number | null = null
  /** Charges settled here that are not taken off it. */
  #untold = 0
  /** Charges in a report that has no answer yet. */
  #reporting = 0
  #lowMark = 0
  #validUntilMs = 0
  readonly #demand = new Demand()

  get free(): Nanodollars {
    return nanodollars(this.#free)
  }

  get committed(): Nanodollars {
    return nanodollars(this.#committed)
  }

  /** What no call holds, as Redis told last. */
  get available(): Nanodollars {
    return nanodollars(this.#available)
  }

  /**
   * What the workspace has, with what calls under way hold and without what they cost that have ended here. Exact while
   * no other process serves the workspace; else without what the others hold, and as old as the last report.
   * Null: not known.
   */
  get remaining(): Nanodollars | null {
    return this.#told === null ? null : nanodollars(this.#told - this.#untold)
  }

  /** What no call holds, here or in Redis, as far as this process knows: what a call may cost beyond what it held. */
  get spare(): Nanodollars {
    const known = this.#told === null ? this.#free : this.#told - this.#committed - this.#reporting
    return nanodollars(Math.max(0, known))
  }

  /** Whether each call must ask, and the lease should hold nothing idle. */
  get isTight(): boolean {
    return this.#tight
  }

  get waitingSettlements(): number {
    return this.#settlements.length
  }

  get isEmpty(): boolean {
    return this.#free <= 0 && this.#committed === 0 && this.#settlements.length === 0
  }

  /** Whether it is time to fetch more, before it runs out: half of what was there or wanted last is gone. */
  get isLow(): boolean {
    return this.#free < this.#lowMark
  }

  /** Holds a call's worst case. False: the lease has too little, ask Redis. */
  reserve(amount: Nanodollars, nowMs: number): boolean {
    this.#demand.need(amount)
    if (this.#free <= 0 || this.#free < amount || nowMs >= this.#validUntilMs) return false
    this.#free -= amount
    this.#committed += amount
    return true
  }

  /** A call has ended: what it did not use is free again; the charge stays committed until it is reported. */
  settle(reserved: Nanodollars, charge: Nanodollars): void {
    this.#free += reserved - charge
    this.#committed -= reserved - charge
    this.#untold += charge
    this.#demand.spend(charge)
  }

  /** The record of a call is safe: its charge goes with the next report. */
  charge({ id, charge }: Settlement, nowMs: number): void {
    this.#settlements.push({ id, charge, sinceMs: nowMs })
  }

  /** A charge that was settled here is left to others, or given up with its record. */
  dropCharge(charge: Nanodollars): void {
    this.#committed -= charge
    this.#untold -= charge
  }

  /**
   * Makes the next report. Idle money is offered where calls wait for more than there is, where each call must ask
   * anyway, or where it is asked for; beyond twice the target it always is.
   */
  startReport({ needs, nowMs, letGo, most }: ReportPlan): StartedReport {
    this.#leaveOld(nowMs)
    const settlements = this.#settlements.splice(0, most)
    const reported = settlements.reduce((sum, { charge }) => sum + charge, 0)
    this.#committed -= reported
    this.#reporting = reported
    this.#demand.measure(nowMs)
    const target = letGo ? 0 : this.#demand.target(this.#committed)
    const offered = this.#offer({ target, all: letGo || this.#tight || needs.length > 0 })
    this.#free -= offered
    this.#sequence += 1
    const report: LeaseReport = {
      sequence: this.#sequence,
      committed: nanodollars(this.#committed),
      free: nanodollars(Math.max(0, this.#free)),
      target: nanodollars(target),
      unit: nanodollars(this.#demand.unit),
      settlements,
      needs,
    }
    return { report, settlements, reported, offered, freeThen: this.#free, startedMs: nowMs }
  }

  /** The oldest are first. */
  #leaveOld(nowMs: number): void {
    const firstLeft = this.#settlements.findIndex(({ sinceMs }) => nowMs - sinceMs < TELL_WITHIN_MS)
    const old = this.#settlements.splice(0, firstLeft < 0 ? this.#settlements.length : firstLeft)
    for (const { charge } of old) this.dropCharge(charge)
  }

  /** Takes the answer to a report. What happened here since it was made stays as it is: only the difference counts. */
  finishReport(started: StartedReport, answer: LeaseAnswer): void {
    const { report, freeThen } = started
    this.#reporting = 0
    switch (answer.type) {
      case 'unsent':
        this.#free += started.offered
        return this.#reportAgain(started)
      case 'stale':
        return this.#reportAgain(started)
      case 'unknown':
        this.#free -= freeThen + report.committed
        this.#available = 0
        this.#told = null
        return this.#reportAgain(started)
      case 'synced': {
        this.#free += answer.kept + answer.slice - report.committed - freeThen
        const granted = sumGranted(answer.outcomes, report.needs)
        this.#committed += granted
        this.#untold -= started.reported
        this.#told = answer.available + Math.min(answer.kept, report.committed) + granted
        this.#tight = answer.tight
        this.#lowMark = answer.tight ? 0 : Math.min(this.#free, report.target) / 2
        this.#available = answer.available
        this.#validUntilMs = started.startedMs + LEASE_MS - CLOCK_MARGIN_MS
        return
      }
      default:
        answer satisfies never
    }
  }

  /** No answer came: what was offered may be gone, and the settlements are told again. */
  failReport(started: StartedReport): void {
    this.#reporting = 0
    this.#reportAgain(started)
  }

  #reportAgain({ settlements, reported }: StartedReport): void {
    this.#committed += reported
    this.#settlements.unshift(...settlements)
  }

  #offer({ target, all }: { target: number; all: boolean }): number {
    const idle = Math.max(0, this.#free)
    if (all) return idle
    return idle > 2 * target ? idle - target : 0
  }
}

function sumGranted(outcomes: readonly NeedOutcome[], needs: readonly Need[]): number {
  return outcomes.reduce((sum, { type }, index) => sum + (type === 'granted' ? (needs[index]?.amount ?? 0) : 0), 0)
}

export interface ReportPlan {
  readonly needs: readonly Need[]
  readonly nowMs: number
  /** Keep nothing idle and ask for nothing. */
  readonly letGo: boolean
  /** So many settlements go with one report. */
  readonly most: number
}

/** A report under way, with what its answer must be measured against. */
export interface StartedReport {
  readonly report: LeaseReport
  readonly settlements: readonly WaitingSettlement[]
  readonly reported: number
  readonly offered: number
  readonly freeThen: number
  readonly startedMs: number
}

interface WaitingSettlement extends Settlement {
  /** When its records were safe, by the clock that does not jump. */
  readonly sinceMs: number
}

/**
 * What Redis could not be told of for so long is left to the worker, which tells of it with the records. Less than Redis
 * remembers what the worker told, so that a process that comes back does not have it taken again.
 */
const TELL_WITHIN_MS = 5 * 60_000
/** Clocks of hosts may differ by this much, and an answer may be as late. */
const CLOCK_MARGIN_MS = 10_000
/** Idle money is for so many worst cases, for so long at the present rate, and for as many calls again as there are. */
const WORST_CASES = 4
const SPEND_AHEAD_MS = 2_000
/** How fast the measured rate follows the real one. */
const RATE_MEMORY_MS = 2_000
/** After a dear call the unit falls back by a part of this at each report. */
const UNIT_DECAY = 0.98

/** What calls have needed lately. */
class Demand {
  /** The dearest call lately. At least 1, so that free calls have something to be served from. */
  unit = 1
  #spent = 0
  #perMs = 0
  #measuredMs = 0

  need(amount: number): void {
    if (amount > this.unit) this.unit = amount
  }

  spend(amount: number): void {
    this.#spent += amount
  }

  measure(nowMs: number): void {
    const elapsedMs = Math.max(1, nowMs - this.#measuredMs)
    const weight = 1 - Math.exp(-elapsedMs / RATE_MEMORY_MS)
    this.#perMs += weight * (this.#spent / elapsedMs - this.#perMs)
    this.#measuredMs = nowMs
    this.#spent = 0
    this.unit = Math.max(1, Math.floor(this.unit * UNIT_DECAY))
  }

  target(committed: number): number {
    return Math.ceil(committed + WORST_CASES * this.unit + SPEND_AHEAD_MS * this.#perMs)
  }
}
