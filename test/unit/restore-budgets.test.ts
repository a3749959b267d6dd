import fc, { type Scheduler } from 'fast-check'
import { expect, test } from 'vitest'
import { createBudgetAccounts } from '../../control-plane/modules/budgets/budget-accounts.ts'
import type { BudgetBooks } from '../../control-plane/modules/budgets/budget-books.ts'
import type { Budget } from '../../control-plane/modules/budgets/budget-documents.ts'
import type { AccountSettlements } from '../../control-plane/modules/budgets/settle-budgets.ts'
import type { CreditBalance, RecordedSettlement } from '../../shared/money/credit-balance.ts'
import { nanodollars, ZERO, type Nanodollars } from '../../shared/money/nanodollars.ts'

/**
 * The accounts in the midst of everything that may happen at one time, in any order that the steps of it can come in:
 * processes tell of charges, jobs write and tell them, some of them twice, sweeps look, and Redis comes back empty.
 */

const LIMIT = 1_000_000
const ACCOUNT = 'budget:b:total'
const BUDGET: Budget = {
  _id: 'b',
  workspaceId: 'w',
  name: 'test',
  scope: { type: 'workspace' },
  period: 'total',
  mode: 'hard',
  limitNanodollars: LIMIT,
  alertAtPercent: [],
  opened: [{ account: ACCOUNT, endsAt: null }],
  alerted: [],
  createdAt: 0,
  createdBy: 'test',
  deletedAt: null,
}

/** Each answer takes its time, before and after it is made. */
type Slowly = <Answer>(act: () => Answer) => Promise<Answer>

function slowly(scheduler: Scheduler): Slowly {
  return async (act) => {
    await scheduler.schedule(Promise.resolve(), 'asked')
    const answer = act()
    await scheduler.schedule(Promise.resolve(), 'answered')
    return answer
  }
}

/** One account, as the scripts of Redis have it. */
class PlainRedis {
  #account: { balance: number; allowance: number | null; settled: Set<string> } | null = null

  empty(): void {
    this.#account = null
  }

  get balance(): number | null {
    return this.#account?.balance ?? null
  }

  settle(settlements: readonly RecordedSettlement[]): Nanodollars | null {
    const account = this.#account
    if (!account) return null
    for (const { id, charge } of settlements) {
      if (!account.settled.has(id)) account.balance -= charge
      account.settled.add(id)
    }
    return nanodollars(account.balance)
  }

  seed(balance: number, ids: readonly string[]): boolean {
    if (this.#account) return false
    this.#account = { balance, allowance: null, settled: new Set(ids) }
    return true
  }

  allow(allowance: number): Nanodollars | null {
    if (!this.#account) return null
    this.#account.balance += allowance - (this.#account.allowance ?? 0)
    this.#account.allowance = allowance
    return nanodollars(this.#account.balance)
  }

  read(): Awaited<ReturnType<CreditBalance['read']>> {
    if (!this.#account) return null
    const { balance, allowance } = this.#account
    const told = allowance === null ? null : nanodollars(allowance)
    return { balance: nanodollars(balance), reserved: ZERO, unrecorded: ZERO, allowance: told }
  }
}

function plainBooks(step: Slowly): BudgetBooks {
  const written = new Map<string, number>()
  const spent = (): Nanodollars => nanodollars([...written.values()].reduce((sum, amount) => sum + amount, 0))
  return {
    async write(settled) {
      for (const { id, charge } of settled.flatMap(({ settlements }) => settlements)) {
        await step(() => written.set(id, charge))
      }
    },
    findLongWritten: async () => () => false,
    spent: () => step(spent),
    readSpent: () => step(() => ({ spent: spent(), recent: { ids: [...written.keys()], now: 0 } })),
  }
}

function createWorld(scheduler: Scheduler) {
  const step = slowly(scheduler)
  const redis = new PlainRedis()
  const accounts = createBudgetAccounts({
    budgets: {
      findOne: () => step(() => BUDGET),
      update: async () => BUDGET,
      delete: async () => true,
    },
    books: plainBooks(step),
    credit: {
      read: () => step(() => redis.read()),
      seed: (_account, balance, recent) => step(() => redis.seed(balance, recent?.ids ?? [])),
      allow: (_account, allowance) => step(() => redis.allow(allowance)),
      announce: (_account, settlements) => step(() => redis.settle(settlements)),
      settle: (_account, settlements) => step(() => redis.settle(settlements)),
      confirm: async () => null,
      releaseExpired: async () => [],
      forget: async () => undefined,
    },
    clock: { now: () => 0, monotonicMs: () => 0 },
  })
  return { step, redis, accounts }
}

const batches = fc.array(
  fc.record({
    charge: fc.integer({ min: 1, max: 1_000 }),
    toldByProcess: fc.boolean(),
    jobs: fc.integer({ min: 1, max: 2 }),
  }),
  { maxLength: 5 },
)

test('a budget that Redis lost has spent what its calls did, each once, however its restoring meets their settling', async () => {
  const property = fc.asyncProperty(fc.scheduler(), batches, fc.nat(2), async (scheduler, given, sweeps) => {
    const { step, redis, accounts } = createWorld(scheduler)
    redis.seed(0, [])
    redis.allow(LIMIT)
    const settlementOf = (index: number, charge: number): RecordedSettlement => {
      return { id: `batch-${index}`, charge: nanodollars(charge), leaseId: null }
    }
    const work = given.flatMap(({ charge, toldByProcess, jobs }, index) => {
      const settlement = settlementOf(index, charge)
      const settlements = [{ ...settlement, pieces: [] }]
      const settled: AccountSettlements = { workspaceId: 'w', account: ACCOUNT, settlements }
      const told = toldByProcess ? [step(() => redis.settle([settlement]))] : []
      return [...told, ...Array.from({ length: jobs }, () => accounts.settle([settled], null))]
    })
    const others = [step(() => redis.empty()), ...Array.from({ length: sweeps }, () => accounts.keepOpen(BUDGET))]
    const done = Promise.all([...work, ...others])
    await scheduler.waitFor(done)
    await scheduler.waitFor(accounts.keepOpen(BUDGET))
    expect(redis.balance).toBe(LIMIT - given.reduce((sum, { charge }) => sum + charge, 0))
  })
  await fc.assert(property, { numRuns: 300 })
})
