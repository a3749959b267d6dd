import fc from 'fast-check'
import type { Server } from './connect-server.ts'
import { LeaseAccount, type StartedReport } from '../../data-plane/leases/lease-account.ts'
import { createCreditBalance, type CreditBalance, type LiveBalance } from '../../shared/money/credit-balance.ts'
import { createCreditLeases, LEASE_MS, type CreditLeases, type LeaseAnswer } from '../../shared/money/credit-leases.ts'
import { nanodollars, type Nanodollars } from '../../shared/money/nanodollars.ts'
import { balanceKey, leasesKey, settledKey } from '../../shared/redis/keys.ts'

interface Call {
  readonly id: string
  readonly reserved: Nanodollars
  readonly charge: Nanodollars
}

interface UnderWay {
  readonly started: StartedReport
  readonly answer: LeaseAnswer | null
}

/** A process of the model: a real account on a real Redis, with the calls it serves and what it has yet to tell. */
interface Process {
  readonly leases: CreditLeases
  readonly account: LeaseAccount
  underWay: UnderWay | null
  /** A report that never left, or is stuck on a dead connection. */
  stuck: StartedReport | null
  running: Call[]
  unrecorded: Call[]
}

const PROCESSES = 3
const ACTIONS = ['call', 'end', 'record', 'start', 'finish', 'lose', 'stick', 'unstick', 'ask', 'give', 'work'] as const
const RARE = ['die', 'pass-time', 'top-up'] as const

export const worldStep = fc.record({
  action: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...ACTIONS) }, fc.constantFrom(...RARE)),
  process: fc.nat({ max: PROCESSES - 1 }),
  amount: fc.integer({ min: 0, max: 40 }),
  part: fc.integer({ min: 0, max: 110 }),
})
export type WorldStep = typeof worldStep extends fc.Arbitrary<infer Value> ? Value : never

let worlds = 0

/** Several processes, a worker and the sweep over one workspace's money; each step is followed by the checks. */
export class LeaseWorld {
  readonly #redis: Server
  readonly #balances: CreditBalance
  readonly #workspaceId = `world-${(worlds += 1)}`
  readonly #charges = new Map<string, Call & { readonly leaseId: string }>()
  readonly #processes: Process[]
  #credits: number
  #excess = 0
  readonly #confirmed = new Set<string>()
  #nowMs = 1_000
  #ids = 0

  constructor(redis: Server, start: number) {
    this.#redis = redis
    this.#balances = createCreditBalance(redis)
    this.#credits = start
    this.#processes = Array.from({ length: PROCESSES }, () => this.#boot())
  }

  async open(): Promise<void> {
    await this.#balances.seed(this.#workspaceId, nanodollars(this.#credits))
  }

  async take({ action, process: index, amount, part }: WorldStep): Promise<void> {
    const process = this.#processes[index] ?? this.#boot()
    switch (action) {
      case 'call':
        if (process.account.reserve(nanodollars(amount), this.#nowMs)) this.#begin(process, amount, part)
        return
      case 'end':
        return this.#end(process)
      case 'record':
        return this.#record(process)
      case 'start':
        return this.#start(process, { part, letGo: part < 10 })
      case 'finish':
        return this.#finish(process)
      case 'lose':
        if (process.underWay) process.account.failReport(process.underWay.started)
        process.underWay = null
        return
      case 'stick':
        if (process.underWay || process.stuck) return
        process.stuck = this.#report(process, { needs: [amount], letGo: part < 30 })
        process.account.failReport(process.stuck)
        return
      case 'unstick':
        if (process.stuck) await process.leases.sync(this.#workspaceId, process.stuck.report, this.#nowMs)
        process.stuck = null
        return
      case 'ask':
        return this.#ask(process, amount, part)
      case 'give':
        await this.#finish(process)
        return this.#start(process, { part, letGo: true })
      case 'work':
        return this.#work({ dies: part < 30 })
      case 'die':
        this.#processes[index] = this.#boot()
        return
      case 'pass-time':
        return this.#passTime(part)
      case 'top-up':
        this.#credits += amount
        await this.#balances.credit(
          this.#workspaceId,
          { entryId: this.#id('t'), amount: nanodollars(amount) },
          this.#nowMs,
        )
        return
      default:
        action satisfies never
    }
  }

  /** What is wrong: the sum, a process that thinks it has more than its lease, or money sold twice. */
  async findFaults(): Promise<string[]> {
    const { balance, leases, settled, settledIds } = await this.#look()
    const faults: string[] = []
    const rule = (text: string, holds: boolean): void => void (holds || faults.push(text))
    const outstanding = [...leases.values()].reduce((sum, each) => sum + each, 0)
    rule('balance + leases + charges = credits', balance + outstanding + settled === this.#credits)
    let promised = this.#charged
    for (const { leases: own, account, running, unrecorded } of this.#processes) {
      if (account.reserve(nanodollars(0), this.#nowMs)) {
        const covered = (leases.get(own.leaseId) ?? 0) + this.#settledUnknownTo(own.leaseId, settledIds)
        rule('a process has no more than its lease', account.free + account.committed <= covered)
      }
      for (const { reserved } of running) promised += reserved
      for (const { charge } of unrecorded) promised += charge
    }
    rule('no money is sold twice', promised <= this.#credits + this.#excess)
    rule('the balance is below zero by excess only', balance >= -this.#excess)
    return faults
  }

  /** Everything ends: calls, records, leases. Gives what should be left. */
  async close(): Promise<{ expected: number; live: LiveBalance | null }> {
    for (const process of this.#processes) {
      await this.#finish(process)
      while (process.running.length > 0) this.#end(process)
      while (process.unrecorded.length > 0) this.#record(process)
      do {
        await this.#start(process, { part: 0, letGo: true })
        await this.#finish(process)
      } while (!process.account.isEmpty)
    }
    await this.#work({ dies: false })
    this.#nowMs += LEASE_MS + 1
    await this.#balances.releaseExpired(this.#workspaceId, this.#nowMs)
    return { expected: this.#credits - this.#charged, live: await this.#balances.read(this.#workspaceId) }
  }

  /** Whether one call can be given all that is left. */
  async spendAll(amount: number): Promise<boolean> {
    const process = this.#processes[0] ?? this.#boot()
    await this.#ask(process, amount, 0)
    return process.running.length === 1
  }

  get #charged(): number {
    return [...this.#charges.values()].reduce((sum, { charge }) => sum + charge, 0)
  }

  #boot(): Process {
    const leases = createCreditLeases(this.#redis, this.#id('lease'))
    return { leases, account: new LeaseAccount(), underWay: null, stuck: null, running: [], unrecorded: [] }
  }

  #begin(process: Process, amount: number, part: number): void {
    const charge = nanodollars(Math.floor((amount * part) / 100))
    process.running.push({ id: this.#id('g'), reserved: nanodollars(amount), charge })
  }

  #end(process: Process): void {
    const call = process.running.shift()
    if (!call) return
    process.account.settle(call.reserved, call.charge)
    this.#excess += Math.max(0, call.charge - call.reserved)
    if (call.charge > 0) process.unrecorded.push(call)
  }

  #record(process: Process): void {
    const call = process.unrecorded.shift()
    if (!call) return
    this.#charges.set(call.id, { ...call, leaseId: process.leases.leaseId })
    process.account.charge({ id: call.id, charge: call.charge }, this.#nowMs)
  }

  #report(process: Process, { needs, letGo }: { needs: number[]; letGo: boolean }): StartedReport {
    return process.account.startReport({
      needs: needs.map((amount) => ({ amount: nanodollars(amount), recall: 0 })),
      nowMs: this.#nowMs,
      letGo,
      most: 2,
    })
  }

  /** Sends a report; the answer is there, and taken later. */
  async #start(process: Process, { part, letGo }: { part: number; letGo: boolean }): Promise<void> {
    if (process.underWay) return
    const started = this.#report(process, { needs: [], letGo })
    const answer = part < 95 ? await process.leases.sync(this.#workspaceId, started.report, this.#nowMs) : null
    process.underWay = { started, answer }
  }

  async #finish(process: Process): Promise<void> {
    const { underWay } = process
    process.underWay = null
    if (underWay) this.#answer(process, underWay.started, underWay.answer ?? { type: 'unsent' })
  }

  #answer({ account }: Process, started: StartedReport, answer: LeaseAnswer): void {
    account.finishReport(started, answer)
    if (answer.type !== 'synced') return
    for (const { id } of started.report.settlements) this.#confirmed.add(id)
  }

  /** A call that the lease has too little for. */
  async #ask(process: Process, amount: number, part: number): Promise<void> {
    await this.#finish(process)
    const started = this.#report(process, { needs: [amount], letGo: false })
    const answer = await process.leases.sync(this.#workspaceId, started.report, this.#nowMs)
    this.#answer(process, started, answer)
    if (answer.type === 'synced' && answer.outcomes[0]?.type === 'granted') this.#begin(process, amount, part)
  }

  /** The worker announces every record, brings it to the ledger and tells Redis that it is there; or dies before. */
  async #work({ dies }: { dies: boolean }): Promise<void> {
    const charges = [...this.#charges.values()]
    const settlements = charges.map(({ id, charge, leaseId }) => ({ id, charge, leaseId }))
    await this.#balances.announce(this.#workspaceId, settlements, this.#nowMs)
    if (!dies) await this.#balances.settle(this.#workspaceId, settlements, this.#nowMs)
  }

  /** Who has calls under way tells Redis in time. The others' leases end, those of the dead too. */
  async #passTime(part: number): Promise<void> {
    this.#nowMs += Math.ceil((LEASE_MS * part) / 80)
    for (const process of this.#processes) {
      if (process.running.length === 0 && process.unrecorded.length === 0) continue
      await this.#finish(process)
      await this.#start(process, { part: 0, letGo: part < 20 })
    }
    await this.#work({ dies: false })
    await this.#balances.releaseExpired(this.#workspaceId, this.#nowMs)
  }

  /** Charges that Redis has settled, of a report without an answer or by the worker, before the process knows. */
  #settledUnknownTo(leaseId: string, settledIds: readonly string[]): number {
    const unknown = settledIds.map((id) => this.#charges.get(id)).filter((each) => each?.leaseId === leaseId)
    return unknown.reduce((sum, each) => sum + (each && !this.#confirmed.has(each.id) ? each.charge : 0), 0)
  }

  async #look() {
    const [balance, leases, ids] = await Promise.all([
      this.#redis.get(balanceKey(this.#workspaceId)),
      this.#redis.hgetall(leasesKey(this.#workspaceId)),
      this.#redis.zrange(settledKey(this.#workspaceId), '0', '-1'),
    ])
    const settled = ids.reduce((sum, id) => sum + (this.#charges.get(id)?.charge ?? 0), 0)
    const outstanding = Object.entries(leases).map(([id, text]) => [id, Number(text.split(' ')[0])] as const)
    return { balance: Number(balance), leases: new Map(outstanding), settled, settledIds: ids }
  }

  #id(kind: string): string {
    this.#ids += 1
    return `${this.#workspaceId}-${kind}${this.#ids}`
  }
}
