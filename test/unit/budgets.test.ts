import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openPeriods, periodAt, readBudgetAccount } from '../../control-plane/modules/budgets/budget-periods.ts'
import { compareThresholds, stateOf, thresholdMessage } from '../../control-plane/modules/budgets/budget-thresholds.ts'
import { settleBudgets, type BudgetedRecord } from '../../control-plane/modules/budgets/settle-budgets.ts'
import { BUDGET_PERIODS, budgetAccountName, budgetSpend, periodEnd } from '../../shared/money/budget.ts'
import { nanodollars } from '../../shared/money/nanodollars.ts'

const at = (text: string): number => Date.parse(text)

describe('periods', () => {
  test.each([
    ['daily', '2026-11-22T00:00:00.000Z', '2026-11-22', '2026-11-23T00:00:00Z'],
    ['daily', '2026-11-22T23:59:59.999Z', '2026-11-22', '2026-11-23T00:00:00Z'],
    ['daily', '2026-12-31T12:00:00Z', '2026-12-31', '2027-01-01T00:00:00Z'],
    ['daily', '2028-02-28T12:00:00Z', '2028-02-28', '2028-02-29T00:00:00Z'],
    ['daily', '2028-02-29T12:00:00Z', '2028-02-29', '2028-03-01T00:00:00Z'],
    ['daily', '2026-02-28T12:00:00Z', '2026-02-28', '2026-03-01T00:00:00Z'],
    ['monthly', '2028-02-29T23:59:59.999Z', '2028-02', '2028-03-01T00:00:00Z'],
    ['monthly', '2026-01-31T12:00:00Z', '2026-01', '2026-02-01T00:00:00Z'],
    ['monthly', '2026-12-31T23:59:59.999Z', '2026-12', '2027-01-01T00:00:00Z'],
  ] as const)('a %s budget is in its period at %s until it ends', (period, time, name, end) => {
    const budget = { id: 'b', period }
    expect(budgetAccountName(budget, at(time))).toBe(`budget:b:${name}`)
    expect(periodEnd(period, at(time))).toBe(at(end))
  })

  test('a budget of all time has one period, which has no end and none after it', () => {
    const budget = { id: 'b', period: 'total' } as const
    expect(periodEnd('total', at('2026-11-22T00:00:00Z'))).toBe(Infinity)
    expect(openPeriods(budget, at('2026-11-22T00:00:00Z'))).toEqual([
      { account: 'budget:b:total', startsAt: null, endsAt: null },
    ])
  })

  test('periods follow one another without gap or overlap, and a call is in the one that it began in', () => {
    const times = fc.integer({ min: at('1990-01-01T00:00:00Z'), max: at('2200-01-01T00:00:00Z') })
    fc.assert(
      fc.property(times, fc.constantFrom('daily' as const, 'monthly' as const), (time, period) => {
        const budget = { id: 'b', period }
        const [current, next] = openPeriods(budget, time)
        expect(current?.startsAt).toBeLessThanOrEqual(time)
        expect(current?.endsAt).toBeGreaterThan(time)
        expect(next?.startsAt).toBe(current?.endsAt)
        expect(periodAt(budget, (current?.endsAt ?? 0) - 1).account).toBe(current?.account)
        expect(periodAt(budget, current?.startsAt ?? 0).account).toBe(current?.account)
        expect(next?.account).not.toBe(current?.account)
      }),
    )
  })

  test('an account’s name tells its budget and its period; any other tells nothing', () => {
    for (const period of BUDGET_PERIODS) {
      const name = budgetAccountName({ id: '01J', period }, at('2026-11-22T00:00:00Z'))
      expect(readBudgetAccount(name)?.budgetId).toBe('01J')
    }
    expect(readBudgetAccount('budget:b:2026-11')).toEqual({ budgetId: 'b', period: '2026-11' })
    for (const name of ['credits', 'budget', 'budget::2026', 'budget:b:', 'budget:b:2026:11', '__proto__']) {
      expect(readBudgetAccount(name)).toBeNull()
    }
  })
})

describe('what a call counts for', () => {
  test.each([
    ['credits', 125, 100, 125],
    ['workspace-credential', 0, 100, 100],
    ['workspace-credential', 0, null, 0],
    ['nobody', 0, 100, 0],
  ] as const)('paid by %s, charged %d at a cost of %s, it counts %d', (paidBy, charge, cost, spend) => {
    expect(budgetSpend({ paidBy, chargeNanodollars: charge, costNanodollars: cost })).toBe(spend)
  })
})

describe('thresholds', () => {
  const budget = { _id: 'b', limitNanodollars: 1_000, alertAtPercent: [50, 80, 100], alerted: [] as string[] }
  const account = 'budget:b:2026-11'

  test('each is told when it is reached, and those below it with it', () => {
    const raised = (spent: number): number[] =>
      compareThresholds(budget, account, nanodollars(spent)).raise.map(({ percent }) => percent)
    expect([0, 499, 500, 799, 800, 1_000, 5_000].map(raised)).toEqual([
      [],
      [],
      [50],
      [50],
      [50, 80],
      [50, 80, 100],
      [50, 80, 100],
    ])
  })

  test('what was told is not told again, and holds no longer when the limit is raised or a period begins', () => {
    const told = { ...budget, alerted: ['b:2026-11:50', 'b:2026-11:80'] }
    expect(compareThresholds(told, account, nanodollars(900))).toEqual({ raise: [], resolve: [] })
    const higher = { ...told, limitNanodollars: 1_500 }
    expect(compareThresholds(higher, account, nanodollars(900)).resolve).toEqual(['b:2026-11:80'])
    expect(compareThresholds(told, 'budget:b:2026-12', nanodollars(0)).resolve).toEqual(told.alerted)
  })

  test('a state follows what is spent', () => {
    expect([0, 500, 999, 1_000].map((spent) => stateOf(budget, nanodollars(spent)))).toEqual([
      'ok',
      'alerted',
      'alerted',
      'exhausted',
    ])
  })

  test('amounts are told with every digit', () => {
    const soft = { name: 'Team', period: 'monthly', mode: 'soft', scope: { type: 'key', keyId: 'k' } } as const
    const reached = { spent: nanodollars(10_000_000_100), percent: 50 }
    const told = thresholdMessage({ ...soft, limitNanodollars: 20_000_000_000 }, account, reached)
    expect(told).toBe(
      '50 % of the monthly budget "Team" of a key is used up: $10.0000001 of $20 were spent in the period 2026-11. ' +
        'It is a soft budget: calls go on.',
    )
  })

  test('shares of the largest limits are exact', () => {
    const largest = { ...budget, limitNanodollars: Number.MAX_SAFE_INTEGER, alertAtPercent: [99] }
    const edge = Number((BigInt(Number.MAX_SAFE_INTEGER) * 99n + 99n) / 100n)
    expect(compareThresholds(largest, account, nanodollars(edge - 1)).raise).toEqual([])
    expect(compareThresholds(largest, account, nanodollars(edge)).raise).toHaveLength(1)
  })
})

describe('settling a batch of records', () => {
  const record = (id: string, charge: number, changes: Partial<BudgetedRecord> = {}): BudgetedRecord => ({
    id,
    workspaceId: 'one',
    startedAt: 0,
    budgets: ['budget:a:2026-11'],
    leaseId: 'lease',
    paidBy: 'credits',
    chargeNanodollars: charge,
    costNanodollars: charge,
    ...changes,
  })

  test('a call counts in each of its budgets, in its own workspace, with those of its batch', () => {
    const both = { budgets: ['budget:a:2026-11', 'budget:b:total'] }
    const records = [record('1', 3), record('2', 4, both), record('3', 5, { workspaceId: 'two' })]
    const batch = { id: 'batch', leaseId: 'lease' }
    expect(settleBudgets(records, 'batch')).toMatchObject([
      { workspaceId: 'one', account: 'budget:a:2026-11', settlements: [{ ...batch, charge: 7 }] },
      { workspaceId: 'one', account: 'budget:b:total', settlements: [{ ...batch, charge: 4 }] },
      { workspaceId: 'two', account: 'budget:a:2026-11', settlements: [{ ...batch, charge: 5 }] },
    ])
  })

  test('a settlement says of which pieces of time its calls are', () => {
    const records = [record('1', 3), record('2', 4, { startedAt: 599_999 }), record('3', 5, { startedAt: 600_000 })]
    const [settled] = settleBudgets(records, 'batch')
    expect(settled?.settlements[0]?.pieces).toEqual([
      { from: 0, amountNanodollars: 7 },
      { from: 600_000, amountNanodollars: 5 },
    ])
  })

  test('what no lease held does not go under the id by which the data plane tells the rest', () => {
    const [settled] = settleBudgets([record('1', 3), record('2', 4, { leaseId: null })], 'batch')
    expect(settled?.settlements).toMatchObject([
      { id: 'batch', charge: 3, leaseId: 'lease' },
      { id: 'batch:unleased', charge: 4, leaseId: null },
    ])
  })

  test('without a batch each record is settled by itself; what costs nothing is not', () => {
    const records = [record('1', 3), record('2', 4), record('3', 0), record('4', 9, { paidBy: 'nobody' })]
    expect(settleBudgets(records, undefined).flatMap(({ settlements }) => settlements)).toMatchObject([
      { id: '1', charge: 3, leaseId: 'lease' },
      { id: '2', charge: 4, leaseId: 'lease' },
    ])
    expect(settleBudgets([record('1', 3, { budgets: [] })], 'batch')).toEqual([])
  })
})
