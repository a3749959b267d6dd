import fc from 'fast-check'
import { PermitAccount, type Permit, type StartedReport } from '../../data-plane/limits/permit-account.ts'
import {
  createPermitStore,
  LEASE_MS,
  type MeterKind,
  type PermitAnswer,
  type PermitStore,
} from '../../data-plane/limits/permit-store.ts'
import { syncPermitsScript } from '../../data-plane/limits/sync-permits-script.ts'
import type { Redis } from '../../shared/redis/connect.ts'
import { limitWindowKey } from '../../shared/redis/keys.ts'

/**
 * Several processes that share one limit: real accounts on the real script in a real Redis, on a clock that the test
 * moves. Each has a monotonic clock of its own, which began at another time. The plain model is a list of what was used
 * and when.
 */

const PROCESSES = 3
const MINUTE_MS = 60_000
/** The script reads the time the test has set. */
const VIRTUAL_CLOCK = `local clock = tonumber(redis.call('GET', KEYS[1] .. ':clock'))`

interface UnderWay {
  readonly started: StartedReport
  readonly amount: number
  /** Null: it never came. */
  readonly answer: PermitAnswer | null
}

interface Process {
  readonly store: PermitStore
  readonly account: PermitAccount
  readonly clockAheadMs: number
  underWay: UnderWay | null
  /** A report that is stuck on a dead connection. */
  stuck: StartedReport | null
  running: Call[]
}

/** What the plain model knows. */
interface Call {
  readonly permit: Permit
  readonly amount: number
  readonly atMs: number
  /** What it counts for in the end. */
  used: number
}

export const permitStep = fc.record({
  action: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('call', 'call', 'ask', 'ask') },
    { weight: 5, arbitrary: fc.constantFrom('start', 'finish', 'wait', 'wait') },
    { weight: 3, arbitrary: fc.constantFrom('end', 'end-unused', 'let-go') },
    { weight: 1, arbitrary: fc.constantFrom('lose', 'stick', 'unstick', 'die', 'clock-back', 'long-wait') },
  ),
  process: fc.nat({ max: PROCESSES - 1 }),
  amount: fc.integer({ min: 1, max: 6 }),
  part: fc.integer({ min: 1, max: 1_000 }),
})
export type PermitStep = typeof permitStep extends fc.Arbitrary<infer Value> ? Value : never

let worlds = 0

export class PermitWorld {
  readonly #redis: Redis
  readonly #kind: MeterKind
  readonly #limit: number
  readonly #name = { workspaceId: `world-${(worlds += 1)}`, meter: 'requests' }
  readonly #processes: Process[]
  /** Every call there was, of processes that died too. */
  readonly #calls: Call[] = []
  #nowMs = 1_000_000_000
  #clockBackMs = 0
  #ids = 0

  constructor(redis: Redis, kind: MeterKind, limit: number) {
    this.#redis = redis
    this.#kind = kind
    this.#limit = limit
    this.#processes = Array.from({ length: PROCESSES }, () => this.#boot())
  }

  get used(): number {
    return this.#calls.reduce((sum, { used }) => sum + used, 0)
  }

  async open(): Promise<void> {
    await this.#setClock()
  }

  async take({ action, process: index, amount, part }: PermitStep): Promise<void> {
    const process = this.#processes[index] ?? this.#boot()
    switch (action) {
      case 'call':
        return this.#note(process, process.account.take(amount, this.#clockOf(process)), amount)
      case 'ask':
        return this.ask(index, amount)
      case 'start':
        return this.#start(process, { amount: 0, letGo: false, arrives: part < 950 })
      case 'let-go':
        return this.#start(process, { amount: 0, letGo: true, arrives: part < 950 })
      case 'finish':
        return this.#finish(process)
      case 'wait':
        return this.wait(part)
      case 'long-wait':
        return this.wait(part * 60)
      case 'end':
        return this.#end(process, part)
      case 'end-unused':
        return this.#end(process, 0)
      case 'lose':
        if (process.underWay) process.account.failReport(process.underWay.started)
        process.underWay = null
        return
      case 'stick':
        return this.#stick(process)
      case 'unstick':
        if (process.stuck) await process.store.sync(this.#meter, this.#limit, process.stuck.report)
        process.stuck = null
        return
      case 'die':
        this.#processes[index] = this.#boot()
        return
      case 'clock-back':
        this.#clockBackMs += part * 30
        return this.#setClock()
      default:
        action satisfies never
    }
  }

  /** A call that asks Redis where the lease has too few. Gives whether it passed. */
  async ask(index: number, amount: number): Promise<void> {
    const process = this.#processes[index] ?? this.#boot()
    await this.#finish(process)
    const nowMs = this.#clockOf(process)
    const permit = process.account.take(amount, nowMs)
    if (permit) return this.#note(process, permit, amount)
    if (process.account.refusal(amount, nowMs)) return
    await this.#start(process, { amount, letGo: false, arrives: true })
    await this.#finish(process)
  }

  async wait(ms: number): Promise<void> {
    this.#nowMs += ms
    await this.#setClock()
  }

  /** Every process tells what it used, as its timers would see to. */
  async report(): Promise<void> {
    for (const process of this.#processes) {
      await this.#finish(process)
      await this.#start(process, { amount: 0, letGo: !process.account.isWanted, arrives: true })
      await this.#finish(process)
    }
  }

  /** The most that was used in any 60 s, or is in use at once, by the plain model. */
  most(): number {
    if (this.#kind === 'slots') {
      return this.#processes.reduce(
        (sum, { running }) => sum + running.reduce((held, { amount }) => held + amount, 0),
        0,
      )
    }
    const recent = this.#calls.filter(({ atMs }) => atMs > this.#nowMs - MINUTE_MS)
    return recent.reduce((sum, { used }) => sum + used, 0)
  }

  get #meter() {
    return { ...this.#name, kind: this.#kind }
  }

  #clockOf({ clockAheadMs }: Process): number {
    return this.#nowMs + clockAheadMs
  }

  #boot(): Process {
    this.#ids += 1
    const store = createPermitStore(this.#redis, `process-${this.#ids}`, syncPermitsScript(VIRTUAL_CLOCK))
    const clockAheadMs = -900_000_000 + this.#ids * 7_777_777
    return { store, account: new PermitAccount(this.#kind), clockAheadMs, underWay: null, stuck: null, running: [] }
  }

  #note(process: Process, permit: Permit | null, amount: number): void {
    if (!permit) return
    const call = { permit, amount, atMs: this.#nowMs, used: amount }
    process.running.push(call)
    this.#calls.push(call)
  }

  /** The call has used a part of what it took. */
  #end(process: Process, part: number): void {
    const call = process.running.shift()
    if (!call) return
    const unused = this.#kind === 'slots' ? call.amount : call.amount - Math.ceil((call.amount * part) / 1_000)
    if (unused === 0) return
    process.account.giveBack(call.permit, unused)
    if (this.#kind === 'window') call.used -= unused
  }

  async #start(process: Process, plan: { amount: number; letGo: boolean; arrives: boolean }): Promise<void> {
    if (process.underWay) return
    const needs = plan.amount > 0 ? [plan.amount] : []
    const started = process.account.startReport({ needs, nowMs: this.#clockOf(process), letGo: plan.letGo })
    const answer: PermitAnswer = plan.arrives
      ? await process.store.sync(this.#meter, this.#limit, started.report)
      : { type: 'unsent' }
    process.underWay = { started, amount: plan.amount, answer }
  }

  async #finish(process: Process): Promise<void> {
    const { underWay } = process
    process.underWay = null
    if (!underWay?.answer) return
    const { started, amount, answer } = underWay
    // An answer later than this is taken for lost: the connection gives up.
    if (this.#clockOf(process) - started.startedMs > LEASE_MS / 2) return process.account.failReport(started)
    process.account.finishReport(started, answer, this.#clockOf(process))
    const granted = answer.type === 'synced' && amount > 0 && answer.granted[0] === true
    if (granted) this.#note(process, process.account.takeGranted(amount, this.#clockOf(process)), amount)
  }

  #stick(process: Process): void {
    if (process.underWay || process.stuck) return
    process.stuck = process.account.startReport({ needs: [2], nowMs: this.#clockOf(process), letGo: false })
    process.account.failReport(process.stuck)
  }

  async #setClock(): Promise<void> {
    const { workspaceId, meter } = this.#name
    await this.#redis.set(`${limitWindowKey(workspaceId, meter)}:clock`, this.#nowMs - this.#clockBackMs)
  }
}
