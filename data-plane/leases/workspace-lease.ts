import type { AccountId } from '../../shared/money/account.ts'
import type { CreditLeases, LeaseAnswer, Need } from '../../shared/money/credit-leases.ts'
import type { Settlement } from '../../shared/money/credit-balance.ts'
import type { Nanodollars } from '../../shared/money/nanodollars.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { LeaseAccount, type StartedReport } from './lease-account.ts'

export type ReserveOutcome =
  | { readonly type: 'reserved' }
  | { readonly type: 'insufficient'; readonly available: Nanodollars }
  /** No balance of the account is known. */
  | { readonly type: 'unknown' }
  /** Redis is away and the lease has too little. */
  | { readonly type: 'away' }

export interface WorkspaceLeaseDeps {
  readonly leases: CreditLeases
  readonly clock: Clock
  readonly logger: Logger
}

/** Settlements and what calls hold are told of together, this long after the first of them. */
const REPORT_MS = 50
const RETRY_MS = 1_000
const MOST_NEEDS = 500
const MOST_SETTLEMENTS = 500
/** While Redis is away they wait; what is more is settled by the worker, when it has the records. */
const MOST_WAITING_SETTLEMENTS = 50_000
/** A refused call waits so long for idle money that other processes were asked to give back. */
const RECALL_MS = 150
const FIRST_POLL_MS = 4
/** Also where this process is so busy that the time is over before the answers could be seen. */
const FEWEST_POLLS = 3
/** Money that was asked back is not fetched again at once, before whoever lacks it has had it. */
const RECALL_REST_MS = 200
/** What Redis told so lately is told on without asking. */
const LEARNED_MS = 1_000
const UNUSED_MS = 10_000
const HEARTBEAT_MS = 10_000
const FORGET_MS = 60_000

const RESERVED: ReserveOutcome = { type: 'reserved' }

interface WaitingCall {
  readonly amount: Nanodollars
  readonly resolve: (outcome: ReserveOutcome) => void
  /** The recall whose answers it waits for; 0: Redis was not asked yet. */
  recall: number
  recalledMs: number
  polls: number
}

/** The lease on one account, kept in step with Redis: one report at a time, made when there is a reason for it. */
export class WorkspaceLease {
  readonly #id: AccountId
  readonly #account = new LeaseAccount()
  readonly #deps: WorkspaceLeaseDeps
  #waiting: WaitingCall[] = []
  #underWay: Promise<boolean> | null = null
  #again = false
  #closed = false
  #soon: NodeJS.Immediate | null = null
  #timer: NodeJS.Timeout | null = null
  #poll: NodeJS.Timeout | null = null
  #usedMs: number
  #syncedMs = 0
  #letGoUntilMs = 0

  constructor(account: AccountId, deps: WorkspaceLeaseDeps) {
    this.#id = account
    this.#deps = deps
    this.#usedMs = deps.clock.monotonicMs()
  }

  /** At once from the lease, where it has enough; else all that wait at the end of this turn ask Redis together. */
  reserve(amount: Nanodollars): ReserveOutcome | Promise<ReserveOutcome> {
    this.#usedMs = this.#deps.clock.monotonicMs()
    if (this.#account.reserve(amount, this.#usedMs)) {
      if (this.#account.isLow) this.#syncSoon()
      else this.#syncLater(REPORT_MS)
      return RESERVED
    }
    if (this.#closed) return { type: 'away' }
    this.#syncSoon()
    return new Promise((resolve) => this.#waiting.push({ amount, resolve, recall: 0, recalledMs: 0, polls: 0 }))
  }

  settle(reserved: Nanodollars, charge: Nanodollars): void {
    this.#account.settle(reserved, charge)
    if (this.#waiting.length > 0) this.#serveWaiting()
    if (this.#account.isTight) this.#syncSoon()
    else this.#syncLater(REPORT_MS)
  }

  /** The record of the call is safe, so that its charge may be told of. */
  charge(settlement: Settlement): void {
    if (this.#account.waitingSettlements >= MOST_WAITING_SETTLEMENTS) return this.dropCharge(settlement.charge)
    this.#account.charge(settlement, this.#deps.clock.monotonicMs())
    this.#syncLater(REPORT_MS)
  }

  dropCharge(charge: Nanodollars): void {
    this.#account.dropCharge(charge)
    this.#syncLater(REPORT_MS)
  }

  get spare(): Nanodollars {
    return this.#account.spare
  }

  get remaining(): Nanodollars | null {
    return this.#account.remaining
  }

  /** Asks Redis what there is, where its last word is old; where it is away, what was known stays. */
  async learn(): Promise<void> {
    const nowMs = this.#deps.clock.monotonicMs()
    this.#usedMs = nowMs
    if (this.#closed || (this.#account.remaining !== null && nowMs - this.#syncedMs < LEARNED_MS)) return
    await this.#sync()
  }

  /** Another process lacks money: gives back what is idle, and keeps from fetching more for a moment. */
  recall(): void {
    if (this.#account.isEmpty) return
    this.#letGoUntilMs = this.#deps.clock.monotonicMs() + RECALL_REST_MS
    void this.#sync()
  }

  /** Tells Redis at once; for a connection that is back. */
  sync(): void {
    if (!this.#account.isEmpty) void this.#sync()
  }

  /** Called every few seconds: keeps the lease alive, and gives back what nobody uses. False: forget it. */
  tick(): boolean {
    const nowMs = this.#deps.clock.monotonicMs()
    const unusedMs = nowMs - this.#usedMs
    if (this.#account.isEmpty) return this.#waiting.length > 0 || unusedMs < FORGET_MS
    const isIdle = this.#account.committed === 0 && unusedMs >= UNUSED_MS
    if (isIdle) this.#letGoUntilMs = nowMs + 1
    if (isIdle || nowMs - this.#syncedMs >= HEARTBEAT_MS) void this.#sync()
    return true
  }

  /** Gives everything back. Calls must have ended, and their records must be safe. */
  async close(): Promise<void> {
    this.#letGoUntilMs = Infinity
    this.#closed = true
    await this.#underWay
    const hasMore = (): boolean => this.#account.waitingSettlements > 0 || this.#account.free > 0
    if (!this.#account.isEmpty) while ((await this.#sync()) && hasMore());
    this.#clearSchedule()
    if (this.#poll) clearTimeout(this.#poll)
  }

  #syncSoon(): void {
    if (this.#closed) return
    this.#soon ??= setImmediate(() => void this.#sync())
  }

  #syncLater(delayMs: number): void {
    if (this.#soon || this.#closed) return
    this.#timer ??= setTimeout(() => void this.#sync(), delayMs)
  }

  /** True: Redis has answered. */
  #sync(): Promise<boolean> {
    this.#clearSchedule()
    if (this.#underWay) {
      this.#again = true
      return this.#underWay
    }
    this.#underWay = this.#report().finally(() => {
      this.#underWay = null
      if (this.#again || this.#waiting.some(({ recall }) => recall === 0)) this.#syncSoon()
      this.#again = false
    })
    return this.#underWay
  }

  #clearSchedule(): void {
    if (this.#soon) clearImmediate(this.#soon)
    if (this.#timer) clearTimeout(this.#timer)
    this.#soon = null
    this.#timer = null
  }

  async #report(): Promise<boolean> {
    const { leases, clock, logger } = this.#deps
    const nowMs = clock.monotonicMs()
    const asking = this.#waiting.splice(0, MOST_NEEDS)
    const needs: Need[] = asking.map(({ amount, recall }) => ({ amount, recall }))
    const letGo = nowMs < this.#letGoUntilMs
    const started = this.#account.startReport({ needs, nowMs, letGo, most: MOST_SETTLEMENTS })
    this.#syncedMs = nowMs
    try {
      const answer = await leases.sync(this.#id, started.report, clock.now())
      return this.#take(started, answer, asking)
    } catch (error) {
      logger.warn({ account: this.#id, err: error }, 'a report of a lease had no answer; trying again')
      this.#account.failReport(started)
      this.#answerAll(asking, { type: 'away' })
      this.#syncLater(RETRY_MS)
      return false
    }
  }

  #take(started: StartedReport, answer: LeaseAnswer, asking: WaitingCall[]): boolean {
    this.#account.finishReport(started, answer)
    if (answer.type === 'synced') {
      for (const [index, call] of asking.entries()) this.#answer(call, answer.outcomes[index])
      this.#serveWaiting()
      if (this.#account.waitingSettlements >= MOST_SETTLEMENTS) this.#again = true
      return true
    }
    this.#answerAll(asking, { type: answer.type === 'unknown' ? 'unknown' : 'away' })
    if (!this.#account.isEmpty) this.#syncLater(RETRY_MS)
    return false
  }

  #answer(call: WaitingCall, outcome: { type: string; recall?: number } | undefined): void {
    if (outcome?.type === 'granted') return call.resolve(RESERVED)
    const nowMs = this.#deps.clock.monotonicMs()
    if (outcome?.type === 'recalled' && call.recall === 0) call.recalledMs = nowMs
    const isOver = nowMs - call.recalledMs >= RECALL_MS && call.polls >= FEWEST_POLLS
    if (outcome?.type !== 'recalled' || isOver) {
      return call.resolve({ type: 'insufficient', available: this.#account.available })
    }
    call.recall = outcome.recall ?? 0
    this.#waiting.push(call)
    this.#poll ??= setTimeout(
      () => {
        this.#poll = null
        void this.#sync()
      },
      FIRST_POLL_MS * 2 ** Math.min(call.polls, 4),
    )
    call.polls += 1
  }

  #answerAll(calls: readonly WaitingCall[], outcome: ReserveOutcome): void {
    for (const { resolve } of calls) resolve(outcome)
  }

  /** What came back, or came with an answer, may be enough for calls that wait. */
  #serveWaiting(): void {
    const nowMs = this.#deps.clock.monotonicMs()
    this.#waiting = this.#waiting.filter((call) => {
      const served = this.#account.reserve(call.amount, nowMs)
      if (served) call.resolve(RESERVED)
      return !served
    })
  }
}
