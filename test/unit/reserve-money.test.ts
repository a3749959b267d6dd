import fc from 'fast-check'
import { expect, test } from 'vitest'
import { reserveMoney } from '../../data-plane/authorize/reserve-money.ts'
import type { LeaseKeeper } from '../../data-plane/leases/lease-keeper.ts'
import { priceCall } from '../../data-plane/price-call.ts'
import type { RequestContext } from '../../data-plane/request-context.ts'
import { settleMoney } from '../../data-plane/settle/settle-money.ts'
import { createBudgetView } from '../../data-plane/snapshot/budget-view.ts'
import type { Candidate, WorkspaceView } from '../../data-plane/snapshot/workspace-view.ts'
import type { SignalboxError } from '../../shared/errors/define-error.ts'
import { NO_USAGE } from '../../shared/llm/usage.ts'
import { namedAccount } from '../../shared/money/account.ts'
import { budgetAccountName, type BudgetSettings } from '../../shared/money/budget.ts'
import { nanodollars } from '../../shared/money/nanodollars.ts'
import { model, PRICE, workspace } from '../helpers/snapshot-fixtures.ts'

const WORKSPACE = 'workspace-1'
const STARTED_AT = Date.UTC(2026, 10, 22)
const BUDGETS: BudgetSettings[] = [
  { id: 'all', name: 'all', scope: { type: 'workspace' }, period: 'monthly', mode: 'hard', limitNanodollars: 1 },
  {
    id: 'mine',
    name: 'mine',
    scope: { type: 'key', keyId: 'first' },
    period: 'daily',
    mode: 'hard',
    limitNanodollars: 1,
  },
  { id: 'told', name: 'told', scope: { type: 'workspace' }, period: 'total', mode: 'soft', limitNanodollars: 1 },
]
const [ALL = '', MINE = ''] = BUDGETS.map((budget) => namedAccount(WORKSPACE, budgetAccountName(budget, STARTED_AT)))

/** Accounts in the plainest way: one number for what is free, one for what is held. What it says at once or later. */
function plainAccounts(start: ReadonlyMap<string, number>, answersLater = () => false) {
  const free = new Map(start)
  const held = new Map<string, number>()
  const add = (to: Map<string, number>, account: string, amount: number) =>
    to.set(account, (to.get(account) ?? 0) + amount)
  const keeper = {
    leaseId: 'lease',
    reserve(account: string, amount: number) {
      const outcome = take(account, amount)
      return answersLater() ? Promise.resolve(outcome) : outcome
    },
    settle(account: string, reserved: number, charge: number) {
      add(held, account, -reserved)
      add(free, account, reserved - charge)
    },
    spare: (account: string) => nanodollars(Math.max(0, free.get(account) ?? 0)),
  }
  const take = (account: string, amount: number) => {
    const available = free.get(account) ?? 0
    if (available < amount || available <= 0) return { type: 'insufficient', available: nanodollars(available) }
    add(free, account, -amount)
    add(held, account, amount)
    return { type: 'reserved' }
  }
  return { free, held, keeper: keeper as unknown as LeaseKeeper }
}

function call(keyId: string, { paidBy, outputTokens }: { paidBy: Candidate['paidBy']; outputTokens: number }) {
  const candidate = {
    model: model(),
    endpoint: { gateway: 'simulator', upstreamModel: 'x', price: PRICE, credentialId: null },
    credential: {},
    paidBy,
  } as unknown as Candidate
  const view = { ...workspace(), workspaceId: WORKSPACE, budgets: createBudgetView(WORKSPACE, BUDGETS) }
  const context = {
    kind: 'chat',
    keyId,
    startedAt: STARTED_AT,
    requestedModel: 'x',
    direction: { exposure: null },
    body: Buffer.from('{}'),
    request: { max_tokens: outputTokens },
    drafts: null,
    workspace: view,
    candidate,
    usage: null,
    reportedCost: null,
    reservation: { type: 'none' },
    price: null,
  } as unknown as RequestContext
  return { context, candidate, view: view as unknown as WorkspaceView }
}

const NONE = 'none'

const step = fc.record({
  keyId: fc.constantFrom('first', 'second'),
  paidBy: fc.constantFrom('credits' as const, 'workspace-credential' as const),
  outputTokens: fc.integer({ min: 1, max: 100 }),
  /** What the answer has of it; above 1: the provider breaks the bound. Null: the call fails and costs nothing. */
  used: fc.option(fc.double({ min: 0, max: 3, noNaN: true }), { nil: null }),
})

test('whatever calls come, each holds all of its accounts or none, nothing is lost, and credits never go below zero', async () => {
  const balance = fc.integer({ min: 0, max: 2_000_000 })
  const later = fc.infiniteStream(fc.boolean())
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(balance, balance, balance),
      fc.array(step, { maxLength: 30 }),
      later,
      async (start, steps, turns) => {
        const accounts = new Map([WORKSPACE, ALL, MINE].map((account, index) => [account, start[index] ?? 0]))
        const { free, held, keeper } = plainAccounts(accounts, () => turns.next().value === true)
        const spent = new Map<string, number>()
        for (const { keyId, paidBy, outputTokens, used } of steps) {
          const { context, candidate, view } = call(keyId, { paidBy, outputTokens })
          const before = new Map(free)
          const reserve = async () => reserveMoney(context, { workspace: view, candidates: [candidate] }, keeper)
          const refusal = await reserve().then(
            () => null,
            (error: SignalboxError) => ({ status: error.status, free: new Map(free) }),
          )
          expect(refusal ?? NONE).toEqual(refusal ? { status: 402, free: before } : NONE)
          if (refusal) continue
          const concerned = [...(paidBy === 'credits' ? [WORKSPACE] : []), ALL, ...(keyId === 'first' ? [MINE] : [])]
          expect([...held].filter(([, amount]) => amount > 0).map(([account]) => account)).toEqual(
            expect.arrayContaining(concerned),
          )
          if (used !== null) context.usage = { ...NO_USAGE, outputTokens: Math.floor(outputTokens * used) }
          for (const { account, charge } of settleMoney(context, priceCall(context), keeper)) {
            spent.set(account, (spent.get(account) ?? 0) + charge)
          }
        }
        for (const [account, amount] of accounts) {
          expect(held.get(account) ?? 0).toBe(0)
          expect((free.get(account) ?? 0) + (spent.get(account) ?? 0)).toBe(amount)
        }
        expect(free.get(WORKSPACE)).toBeGreaterThanOrEqual(0)
      },
    ),
    { numRuns: 200 },
  )
})

test('a call that credits or a hard budget pay is not served at a price that is not known', async () => {
  const { keeper } = plainAccounts(new Map([[WORKSPACE, 1_000_000]]))
  for (const [paidBy, budgets] of [
    ['credits', []],
    ['workspace-credential', BUDGETS],
  ] as const) {
    const { context, candidate, view } = call('second', { paidBy, outputTokens: 10 })
    const price = { ...PRICE, rates: { ...PRICE.rates, output: null } }
    const unpriced = { ...candidate, endpoint: { ...candidate.endpoint, price } }
    const without = { ...view, budgets: createBudgetView(WORKSPACE, budgets) }
    const reserve = async () => reserveMoney(context, { workspace: without, candidates: [unpriced] }, keeper)
    await expect(reserve()).rejects.toMatchObject({ code: 'unpriceable_model' })
    expect(context.reservation).toEqual({ type: 'none' })
  }
})

test('a call on the workspace’s own credential holds budgets and no credits; soft budgets hold nothing', async () => {
  const { context, candidate, view } = call('second', { paidBy: 'workspace-credential', outputTokens: 10 })
  const { keeper } = plainAccounts(new Map([[ALL, 1_000_000]]))
  await reserveMoney(context, { workspace: view, candidates: [candidate] }, keeper)
  expect(context.reservation).toMatchObject({ type: 'held', holds: [{ account: ALL, budget: { id: 'all' } }] })
  expect(context.budgets.names).toEqual(['budget:all:2026-11', 'budget:told:total'])
})
