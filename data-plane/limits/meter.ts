import type { AwayMode } from '../../shared/limits/limit-settings.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { PermitAccount, type Permit, type StartedReport } from './permit-account.ts'
import type { MeterName, PermitAnswer, PermitStore } from './permit-store.ts'

/** What holds for a call: the limit, and what is done while Redis is away. */
export interface MeterRule {
  readonly limit: number
  readonly awayMode: AwayMode
}

export interface Refused {
  readonly type: 'refused'
  /** When a permit should be back, by the monotonic clock. */
  readonly retryAtMs: number
}

/** Redis is away, and the workspace wants nobody served then. */
export interface Away {
  readonly type: 'away'
}

export type TakeOutcome = Permit | Refused | Away

export interface MeterDeps {
  readonly store: PermitStore
  readonly clock: Clock
  readonly logger: Logger
  /** How many processes share the limits, as far as is known. */
  readonly countProcesses: () => number
}

interface WaitingCall {
  readonly amount: number
  readonly resolve: (outcome: TakeOutcome) => void
}

/** Used permits are told of so long after the first of them; sooner where the limit is near, so that they return sooner. */
const REPORT_MS = 500
const TIGHT_REPORT_MS = 50
const RETRY_MS = 250
const MOST_NEEDS = 500
/** A permit that nobody wants is given back. */
const UNUSED_MS = 3_000
const HEARTBEAT_MS = 2_000
/** For as long the answers of other doors tell what is left. */
const FORGET_MS = 90_000
const AWAY: Away = { type: 'away' }

/** One limit in this process: its lease, kept in step with Redis by one report at a time, made when there is a reason. */
export class Meter {
  readonly #account: PermitAccount
  readonly #name: MeterName
  readonly #deps: MeterDeps
  #rule: MeterRule
  #waiting: WaitingCall[] = []
  #underWay: Promise<boolean> | null = null
  #again = false
  #closed = false
  #soon: NodeJS.Immediate | null = null
  #timer: NodeJS.Timeout | null = null
  #usedMs: number
  #syncedMs = 0
  #awayUntilMs = 0

  constructor(name: MeterName, rule: MeterRule, deps: MeterDeps) {
    this.#account = new PermitAccount(name.kind)
    this.#name = name
    this.#rule = rule
    this.#deps = deps
    this.#usedMs = deps.clock.monotonicMs()
  }

  /** At once from the lease, where it has enough; else all that wait at the end of this turn ask Redis together. */
  take(amount: number, rule: MeterRule, nowMs: number): TakeOutcome | Promise<TakeOutcome> {
    this.#follow(rule)
    this.#usedMs = nowMs
    const permit = this.#account.take(amount, nowMs)
    if (permit) {
      if (this.#account.isLow) this.#syncSoon()
      else this.#syncLater()
      return permit
    }
    const refusal = this.#account.refusal(amount, nowMs)
    if (refusal) return { type: 'refused', retryAtMs: refusal.retryAtMs }
    if (this.#deps.store.isAway || nowMs < this.#awayUntilMs) return this.#takeWithoutRedis(amount, nowMs)
    this.#syncSoon()
    return new Promise((resolve) => this.#waiting.push({ amount, resolve }))
  }

  /** What a call took and did not use, or uses no more. */
  giveBack(permit: Permit, amount: number): void {
    this.#account.giveBack(permit, amount)
    this.#syncLater()
  }

  /** What a call used above what it took. */
  useMore(amount: number, nowMs: number): void {
    this.#account.useMore(amount, nowMs)
    this.#syncLater()
  }

  /** As far as this process knows. */
  look(rule: MeterRule, nowMs: number): { remaining: number; resetAtMs: number } {
    return this.#account.look(rule.limit, nowMs)
  }

  /** Tells Redis at once; for a connection that is back. */
  sync(): void {
    if (!this.#account.isEmpty) void this.#sync()
  }

  /** Called every few seconds: keeps the lease alive, and gives back what nobody uses. False: forget it. */
  tick(): boolean {
    const nowMs = this.#deps.clock.monotonicMs()
    if (!this.#account.isEmpty && nowMs - this.#syncedMs >= HEARTBEAT_MS) void this.#sync()
    return !this.#account.isEmpty || this.#waiting.length > 0 || nowMs - this.#usedMs < FORGET_MS
  }

  /** Gives everything back. No call may be under way. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#underWay
    if (!this.#account.isEmpty) await this.#sync()
    this.#clearSchedule()
  }

  /** A limit that changed holds for what was fetched under the old one. */
  #follow(rule: MeterRule): void {
    if (rule.limit !== this.#rule.limit) {
      this.#account.drop()
      this.#syncLater()
    }
    this.#rule = rule
  }

  #takeWithoutRedis(amount: number, nowMs: number): TakeOutcome {
    const { limit, awayMode } = this.#rule
    this.#syncLater()
    if (awayMode === 'closed') return AWAY
    const share = Math.max(1, Math.floor(limit / this.#deps.countProcesses()))
    const permit = this.#account.takeFromShare(amount, share, nowMs)
    return permit ?? { type: 'refused', retryAtMs: nowMs + RETRY_MS }
  }

  #syncSoon(): void {
    if (this.#closed) return
    this.#soon ??= setImmediate(() => void this.#sync())
  }

  #syncLater(): void {
    if (this.#soon || this.#closed) return
    const delayMs = this.#account.isTight ? TIGHT_REPORT_MS : REPORT_MS
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
      if (this.#again || this.#waiting.length > 0) this.#syncSoon()
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
    const { store, clock, logger } = this.#deps
    const nowMs = clock.monotonicMs()
    const asking = this.#waiting.splice(0, MOST_NEEDS)
    const needs = asking.map(({ amount }) => amount)
    const started = this.#account.startReport({ needs, nowMs, letGo: this.#letsGo(nowMs) })
    this.#syncedMs = nowMs
    try {
      const answer = await store.sync(this.#name, this.#rule.limit, started.report)
      return this.#take(started, answer, asking)
    } catch (error) {
      logger.warn({ meter: this.#name, err: error }, 'a report of permits had no answer; trying again')
      this.#account.failReport(started)
      this.#goOnWithoutRedis(asking)
      return false
    }
  }

  #letsGo(nowMs: number): boolean {
    const unwanted = !this.#account.isWanted && (this.#account.isTight || nowMs - this.#usedMs >= UNUSED_MS)
    return this.#closed || unwanted
  }

  #take(started: StartedReport, answer: PermitAnswer, asking: readonly WaitingCall[]): boolean {
    const nowMs = this.#deps.clock.monotonicMs()
    if (!this.#account.finishReport(started, answer, nowMs) || answer.type !== 'synced') {
      this.#goOnWithoutRedis(asking)
      return false
    }
    this.#awayUntilMs = 0
    for (const [index, { amount, resolve }] of asking.entries()) {
      const permit = answer.granted[index] ? this.#account.takeGranted(amount, nowMs) : null
      resolve(permit ?? { type: 'refused', retryAtMs: nowMs + answer.retryMs })
    }
    if (this.#account.untold > 0 || this.#account.free > 0) this.#syncLater()
    return true
  }

  #goOnWithoutRedis(asking: readonly WaitingCall[]): void {
    const nowMs = this.#deps.clock.monotonicMs()
    this.#awayUntilMs = nowMs + RETRY_MS
    for (const { amount, resolve } of asking) resolve(this.#takeWithoutRedis(amount, nowMs))
    if (!this.#account.isEmpty) this.#syncLater()
  }
}
