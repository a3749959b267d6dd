import { LEASE_MS, type MeterKind, type PermitAnswer, type PermitReport, type Refund } from './permit-store.ts'
import { PermitDemand } from './permit-demand.ts'
import { RecentUse } from './recent-use.ts'

/**
 * This process's lease on one limit: calls take permits from it without a network hop. No I/O and no clock of its own.
 *
 * INVARIANT. In Redis, after every grant: used (buckets not older than a minute) + held (permits in leases) ≤ limit. And
 * a permit is counted in one or the other, without a gap, from before it is used until at least 60 s after it.
 * So in no window of 60 s is more used than the limit, by however many processes.
 *
 * PROOF SKETCH. Take any window [x, x + 60 s), and of the permits used in it the one that was granted last, at g < x + 60.
 * Each of the others was granted before g. At g it is still held, or it was reported as used at some r, x ≤ its use ≤ r ≤ g
 * < x + 60: its bucket is not a minute old. So all of them are counted at g, and at g what is counted is at most the limit.
 * What makes it so:
 *  1. `free` is at most what Redis holds for this process: granted permits enter it after the answer has come, permits it
 *     lets go of leave it before the report is sent. Between reports it only falls.
 *  2. A permit that is used stays held in Redis until a report tells of it, which puts it into the bucket of that moment:
 *     it counts from then, later than it was used, and so longer than it need.
 *  3. No answer: what was let go of is gone, a slice that was given never came, and what was used is told again. If the
 *     report had been applied it counts twice. Each of these errs on the safe side. A report that is late changes
 *     nothing: sequences rise.
 *  4. The process dies, or is not heard of for LEASE_MS: Redis counts all it held as used at that
 *     moment. The process itself uses
 *     nothing of a lease that was not confirmed for so long, less a margin, measured by a clock that does not jump and
 *     from before the report was sent: a slow network only shortens it. No clock is compared with another one.
 *  5. Refunds (a call that came to nothing, tokens that were estimated and not used) lower the very bucket in which
 *     the permit was counted.
 * Beyond the proof: tokens that a call uses above its estimate are known only afterwards (they are counted then, and
 * nothing is granted until they have their place); a limit that is lowered; Redis losing its memory (each process tells
 * what it used in the last minute as soon as it notices); Redis away, where each keeps to its share of the limit.
 *
 * `slots` (calls under way) are the same without buckets: what is in use is part of what is held.
 */
export class PermitAccount {
  readonly #kind: MeterKind
  readonly #demand = new PermitDemand()
  readonly #recent = new RecentUse()
  /** May be taken. Below zero, of slots: more are in use than the lease has. */
  #free = 0
  #inUse = 0
  #batch = newBatch(0)
  /** Used and not told, older than the batch. */
  #untold: Permit[] = []
  /** Told, and taken back since. */
  readonly #takenBack = new Set<Permit>()
  /** What the report under way tells. */
  #telling = 0
  #sequence = 0
  #validUntilMs = 0
  #lowMark = 0
  #born = 0
  #standing: Standing = { counted: 0, tight: false, askedMs: -Infinity, resetAtMs: 0 }
  #closed: Closed = { amount: Infinity, untilMs: 0, retryAtMs: 0 }

  constructor(kind: MeterKind) {
    this.#kind = kind
  }

  get free(): number {
    return this.#free
  }

  get inUse(): number {
    return this.#inUse
  }

  /** Whether the limit is near. */
  get isTight(): boolean {
    return this.#standing.tight
  }

  /** Whether it is time to fetch more, before it runs out. */
  get isLow(): boolean {
    return this.#free < this.#lowMark
  }

  /** Whether calls wanted anything since the last report. */
  get isWanted(): boolean {
    return this.#demand.isThere
  }

  /** Whether Redis need not hear of it. */
  get isEmpty(): boolean {
    return this.#free <= 0 && this.#inUse === 0 && this.untold === 0 && this.#takenBack.size === 0
  }

  /** Used, and not told yet. */
  get untold(): number {
    return this.#untold.reduce((sum, { used }) => sum + used, this.#batch.used)
  }

  /** Takes permits for a call. Null: the lease has too few, ask Redis. */
  take(amount: number, nowMs: number): Permit | null {
    this.#demand.need(amount)
    if (this.#free < amount || nowMs >= this.#validUntilMs) return null
    this.#free -= amount
    return this.#use(amount, nowMs)
  }

  /** Takes permits that an answer granted to a waiting call. */
  takeGranted(amount: number, nowMs: number): Permit {
    return this.#use(amount, nowMs)
  }

  /**
   * While Redis is away: takes permits within a share of the limit, which are told when it is back. A call larger than the
   * share passes when nothing else is used.
   */
  takeFromShare(amount: number, share: number, nowMs: number): Permit | null {
    const used = this.#kind === 'slots' ? this.#inUse : this.#recent.total(nowMs)
    return used === 0 || used + amount <= share ? this.#use(amount, nowMs) : null
  }

  /** What a call uses beyond what it took. */
  useMore(amount: number, nowMs: number): void {
    this.#use(amount, nowMs)
  }

  /** A call's slot is free again; or it did not use what it took, which so counts no more. */
  giveBack(permit: Permit, amount: number): void {
    if (this.#kind === 'slots') {
      this.#inUse -= amount
      this.#free += amount
      return
    }
    this.#recent.remove(amount, permit.atMs)
    if (permit.told) {
      permit.takenBack += amount
      this.#takenBack.add(permit)
    } else permit.used -= amount
  }

  /** Lets go of what is idle: the limit has changed. */
  drop(): void {
    this.#free = Math.min(this.#free, 0)
    this.#closed = { amount: Infinity, untilMs: 0, retryAtMs: 0 }
  }

  /** Redis has refused as much a moment ago: it need not be asked again yet. Gives when a permit should be back. */
  refusal(amount: number, nowMs: number): { readonly retryAtMs: number } | null {
    return amount >= this.#closed.amount && nowMs < this.#closed.untilMs ? this.#closed : null
  }

  /** What is left of the limit and when the oldest use leaves the window, as far as this process knows. */
  look(limit: number, nowMs: number): { remaining: number; resetAtMs: number } {
    const { counted, askedMs, resetAtMs } = this.#standing
    const known = nowMs - askedMs < WINDOW_MS ? counted : 0
    const own = this.#kind === 'slots' ? this.#inUse : this.untold + this.#telling - this.#refunding
    const begins = resetAtMs > nowMs ? resetAtMs : own > 0 ? nowMs + WINDOW_MS : nowMs
    return {
      remaining: Math.min(limit, Math.max(0, limit - known - own)),
      resetAtMs: this.#kind === 'slots' ? nowMs : begins,
    }
  }

  /** Makes the next report. Idle permits are let go of where the limit is near: the answer divides them anew. */
  startReport({ needs, nowMs, letGo }: ReportPlan): StartedReport {
    if (nowMs >= this.#validUntilMs) this.#free = Math.min(this.#free, 0)
    this.#demand.measure(nowMs)
    const target = this.#target(letGo)
    const all = letGo || this.#standing.tight || needs.length > 0
    const offered = this.#offer(target, all)
    this.#free -= offered
    const told = this.#closeBatch(nowMs)
    const used = told.reduce((sum, batch) => sum + batch.used, 0)
    const refunded = [...this.#takenBack].filter(({ bucket }) => bucket !== null)
    this.#telling = used
    this.#sequence += 1
    const report: PermitReport = {
      sequence: this.#sequence,
      kept: Math.max(0, this.#free + this.#inUse),
      wanted: Math.max(0, target - Math.max(0, this.#free)),
      used,
      born: this.#born,
      recent: Math.max(0, this.#recent.total(nowMs) - used),
      refunds: refunded.map(toRefund),
      needs,
    }
    for (const permit of refunded) this.#settleRefund(permit)
    return { report, offered, told, target, startedMs: nowMs }
  }

  /**
   * Takes the answer to a report. Of the needs that were granted the permits are taken one by one.
   *
   * @returns false: it says nothing, or comes so late that the lease may have ended again, and is as good as none
   */
  finishReport(started: StartedReport, answer: PermitAnswer, nowMs: number): boolean {
    if (answer.type !== 'synced' || nowMs - started.startedMs >= VALID_MS) {
      if (answer.type === 'unsent') this.#free += started.offered
      this.failReport(started)
      return false
    }
    this.#telling = 0
    for (const batch of started.told) batch.bucket = answer.bucket
    const { report, startedMs, target } = started
    this.#free += answer.kept + answer.slice - report.kept
    this.#validUntilMs = startedMs + VALID_MS
    this.#lowMark = answer.tight ? 0 : Math.min(Math.max(0, this.#free), target) / 2
    this.#born = answer.born
    const { counted, tight, resetMs } = answer
    this.#standing = { counted, tight, askedMs: startedMs, resetAtMs: resetMs === 0 ? 0 : nowMs + resetMs }
    const refused = report.needs.filter((_need, index) => answer.granted[index] !== true)
    if (refused.length === 0) return true
    const untilMs = nowMs + Math.min(answer.retryMs, CLOSED_MS)
    this.#closed = { amount: Math.min(...refused), untilMs, retryAtMs: nowMs + answer.retryMs }
    return true
  }

  /** No answer came: what was let go of may be gone, and what was used is told again. */
  failReport({ told }: StartedReport): void {
    this.#telling = 0
    for (const batch of told) {
      batch.told = false
      batch.used -= batch.takenBack
      this.#settleRefund(batch)
    }
    this.#untold = [...told.filter(({ used }) => used > 0), ...this.#untold]
  }

  /** Given back and not told yet. */
  get #refunding(): number {
    let sum = 0
    for (const { takenBack } of this.#takenBack) sum += takenBack
    return sum
  }

  #use(amount: number, nowMs: number): Permit {
    if (this.#kind === 'slots') {
      this.#inUse += amount
      return this.#batch
    }
    this.#recent.add(amount, nowMs)
    if (nowMs - this.#batch.atMs >= BATCH_MS) this.#rollBatch(nowMs)
    this.#batch.used += amount
    return this.#batch
  }

  #rollBatch(nowMs: number): void {
    if (this.#batch.used > 0) this.#untold.push(this.#batch)
    // What could not be told for so long counts no more.
    if (this.#untold.length > MOST_UNTOLD) this.#untold.shift()
    this.#batch = newBatch(nowMs)
  }

  #closeBatch(nowMs: number): readonly Permit[] {
    this.#rollBatch(nowMs)
    const told = this.#untold
    this.#untold = []
    for (const batch of told) batch.told = true
    return told
  }

  #settleRefund(permit: Permit): void {
    permit.takenBack = 0
    this.#takenBack.delete(permit)
  }

  #target(letGo: boolean): number {
    if (letGo) return 0
    return this.#kind === 'slots' ? this.#demand.ofSlots(this.#inUse) : this.#demand.ofWindow()
  }

  #offer(target: number, all: boolean): number {
    const idle = Math.max(0, this.#free)
    if (all) return idle
    return idle > 2 * target ? idle - target : 0
  }
}

/**
 * What a call has taken. Permits that are told in one report count in one bucket, so that calls share the object; each
 * knows the amount that is its own.
 */
export interface Permit {
  readonly type: 'taken'
  readonly atMs: number
  used: number
  takenBack: number
  /** Whether a report has told of it, or is about to. */
  told: boolean
  /** Null: not known yet. */
  bucket: number | null
}

export interface ReportPlan {
  readonly needs: readonly number[]
  readonly nowMs: number
  /** Keep nothing idle and ask for nothing. */
  readonly letGo: boolean
}

/** A report under way, with what its answer must be measured against. */
export interface StartedReport {
  readonly report: PermitReport
  readonly offered: number
  readonly told: readonly Permit[]
  readonly target: number
  readonly startedMs: number
}

interface Standing {
  readonly counted: number
  readonly tight: boolean
  readonly askedMs: number
  readonly resetAtMs: number
}

interface Closed {
  readonly amount: number
  readonly untilMs: number
  readonly retryAtMs: number
}

/** A lease is used for a little less than it holds: quartz clocks differ by far less than a tenth. */
const VALID_MS = LEASE_MS * 0.9
/** So long Redis is not asked again after it refused. Others may give back permits in between. */
const CLOSED_MS = 100
/** As long as a bucket counts at most. */
const WINDOW_MS = 60_750
const BATCH_MS = 500
const MOST_UNTOLD = (2 * WINDOW_MS) / BATCH_MS

function newBatch(atMs: number): Permit {
  return { type: 'taken', atMs, used: 0, takenBack: 0, told: false, bucket: null }
}

function toRefund({ bucket, takenBack }: Permit): Refund {
  return { bucket: bucket ?? 0, permits: takenBack }
}
