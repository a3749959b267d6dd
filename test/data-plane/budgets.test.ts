import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { namedAccount, type AccountId } from '../../shared/money/account.ts'
import { budgetAccountName, type BudgetSettings } from '../../shared/money/budget.ts'
import { fromDollars, nanodollars, ZERO } from '../../shared/money/nanodollars.ts'
import { seal } from '../../shared/secrets/seal.ts'
import { CHAT, errorOf, startDataPlane, type DataPlaneHarness } from '../helpers/data-plane-harness.ts'
import { key, model, PRICE, workspace } from '../helpers/snapshot-fixtures.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let plane: DataPlaneHarness
beforeAll(async () => {
  plane = await startDataPlane()
})
afterAll(() => plane.stop())

const PATH = '/v1/chat/completions'
/** Costs at most what its 5 tokens of output and its bytes of input do: far below a cent. */
const ASKED = { ...CHAT, max_tokens: 5 }

let made = 0
let workspaceId = ''
beforeEach(() => {
  made += 1
  workspaceId = `budgeted-${made}`
})

const budget = (changes: Partial<BudgetSettings> = {}): BudgetSettings => ({
  id: `budget-${made}`,
  name: 'of the team',
  scope: { type: 'workspace' },
  period: 'monthly',
  mode: 'hard',
  limitNanodollars: fromDollars(1),
  ...changes,
})
const accountOf = (settings: BudgetSettings): AccountId =>
  namedAccount(workspaceId, budgetAccountName(settings, Date.now()))
/** As the control plane does: nothing was spent, and so much is allowed. */
const open = async (settings: BudgetSettings): Promise<AccountId> => {
  const account = accountOf(settings)
  await plane.credits.seed(account, ZERO)
  await plane.credits.allow(account, nanodollars(settings.limitNanodollars))
  return account
}
/** A workspace with $10 and two keys. */
const serve = async (budgets: BudgetSettings[], changes: Parameters<typeof workspace>[0] = {}) => {
  const [first, second] = [key({ id: `first-${made}` }), key({ id: `second-${made}` })]
  await plane.publish(workspace({ workspaceId, keys: [first.key, second.key], budgets, ...changes }))
  await plane.credits.seed(workspaceId, fromDollars(10))
  return { first: first.secret, second: second.secret }
}
const statusOf = async (apiKey: string, body: object = ASKED) => (await plane.post(PATH, body, { apiKey })).status
const freeAgain = (account: AccountId) =>
  waitUntil(
    async () => {
      const live = await plane.credits.read(account)
      return live?.reserved === 0 && live
    },
    { what: `nothing held of ${account}` },
  )

describe('a hard budget', () => {
  test('refuses the call that could pass it, and says which budget it was; another key is served', async () => {
    const mine = budget({ scope: { type: 'key', keyId: `first-${made}` }, period: 'daily', limitNanodollars: 1_000 })
    const { first, second } = await serve([mine])
    await open(mine)
    const response = await plane.post(PATH, ASKED, { apiKey: first })
    expect(response.status).toBe(402)
    expect(await errorOf(response)).toMatchObject({
      code: 'budget_exceeded',
      message: expect.stringMatching(
        /^This call could cost up to \$0\.000\d+ and the daily budget `of the team` has \$0\.000001/,
      ),
    })
    expect(await statusOf(second)).toBe(200)
  })

  test('and the credits are held together or not at all', async () => {
    const small = budget({ limitNanodollars: 1_000 })
    const { first } = await serve([small])
    const account = await open(small)
    expect(await statusOf(first)).toBe(402)
    expect(await freeAgain(workspaceId)).toMatchObject({ balance: fromDollars(10) })
    expect(await freeAgain(account)).toMatchObject({ balance: 1_000 })
  })

  test('counts what calls cost the workspace, and their records name it in their period', async () => {
    const [total, soft] = [
      budget({ period: 'total' }),
      budget({ id: `soft-${made}`, mode: 'soft', limitNanodollars: 1 }),
    ]
    const { first } = await serve([total, soft])
    const account = await open(total)
    const response = await plane.post(PATH, ASKED, { apiKey: first })
    expect(response.status).toBe(200)
    const { id } = (await response.json()) as { id: string }
    const record = await plane.record(id)
    expect(record.budgets).toEqual([`budget:budget-${made}:total`, `budget:soft-${made}:${thisMonth()}`])
    expect(record.chargeNanodollars).toBeGreaterThan(0)
    const left = fromDollars(1) - record.chargeNanodollars
    await waitUntil(async () => (await plane.credits.read(account))?.unrecorded === record.chargeNanodollars)
    expect(await freeAgain(account)).toMatchObject({ balance: left })
  })

  test('leaves out the dear candidate that it does not cover, and serves the cheap one', async () => {
    const dear = { ...PRICE, rates: { ...PRICE.rates, output: 4_000_000_000_000 } }
    const [cheapId, dearId] = [`cheap-${made}`, `dear-${made}`]
    const at = (price: typeof PRICE) => [
      { gateway: 'simulator' as const, upstreamModel: 'sim-fast', price, credentialId: 'own' },
    ]
    const few = budget({ limitNanodollars: 1_000_000 })
    const own = {
      id: 'own',
      gateway: 'simulator' as const,
      sealedSecret: null,
      baseUrl: plane.simulator.url(),
      settings: {},
    }
    const { first } = await serve([few], {
      credentials: [own],
      models: [model({ id: dearId, endpoints: at(dear) }), model({ id: cheapId, endpoints: at(PRICE) })],
    })
    await open(few)
    expect(await statusOf(first, { ...ASKED, model: dearId })).toBe(402)
    const response = await plane.post(PATH, { ...ASKED, model: dearId, models: [dearId, cheapId] }, { apiKey: first })
    expect([response.status, ((await response.json()) as { model: string }).model]).toEqual([200, cheapId])
  })

  test('counts calls on a credential of the workspace at what the provider asks, and refuses a model without a price', async () => {
    const secret = seal('sk-own', 'own', plane.environment.masterKey)
    const own = {
      id: 'own',
      gateway: 'simulator' as const,
      sealedSecret: secret,
      baseUrl: plane.simulator.url(),
      settings: {},
    }
    const endpoint = { gateway: 'simulator' as const, upstreamModel: 'sim-fast', credentialId: 'own' }
    const models = [
      model({ id: 'priced', endpoints: [{ ...endpoint, price: PRICE }] }),
      model({ id: 'unpriced', endpoints: [{ ...endpoint, price: null }] }),
    ]
    const all = budget()
    const { first } = await serve([all], { credentials: [own], models })
    const account = await open(all)
    const response = await plane.post(PATH, { ...ASKED, model: 'priced' }, { apiKey: first })
    const record = await plane.record(((await response.json()) as { id: string }).id)
    expect(record).toMatchObject({ paidBy: 'workspace-credential', chargeNanodollars: 0 })
    await waitUntil(async () => (await plane.credits.read(account))?.unrecorded === record.costNanodollars)
    expect((await plane.credits.read(workspaceId))?.balance).toBe(fromDollars(10))
    const refused = await plane.post(PATH, { ...ASKED, model: 'unpriced' }, { apiKey: first })
    expect([refused.status, (await errorOf(refused)).code]).toEqual([400, 'unpriceable_model'])
  })

  test('that Redis does not know of refuses nobody for good: 503, and never 402', async () => {
    const { first } = await serve([budget()])
    const response = await plane.post(PATH, ASKED, { apiKey: first })
    expect(response.status).toBe(503)
    expect((await errorOf(response)).message).toContain('of the team')
  })

  test('that is lowered below what was spent holds at once, also in processes with idle money', async () => {
    const lowered = budget()
    const { first } = await serve([lowered])
    const account = await open(lowered)
    expect(await statusOf(first)).toBe(200)
    await plane.credits.allow(account, nanodollars(1))
    await waitUntil(async () => (await statusOf(first)) === 402, { what: 'a refusal' })
  })
})

test('two processes and many callers spend exactly what a budget allows, to the last call', async () => {
  const limited = budget({ scope: { type: 'key', keyId: `first-${made}` } })
  const { first, second } = await serve([limited])
  // Another key's call tells what one costs: they are all alike.
  const { id } = (await (await plane.post(PATH, ASKED, { apiKey: second })).json()) as { id: string }
  const { chargeNanodollars: charge } = await plane.record(id)
  const account = accountOf(limited)
  await plane.credits.seed(account, ZERO)
  const worst = await worstCase()
  const calls = 40
  await plane.credits.allow(account, nanodollars((calls - 1) * charge + worst))

  const urls = [plane.url, await plane.startAnother()]
  let served = 0
  const caller = async (url: string): Promise<void> => {
    for (let refusals = 0; refusals < 3;) {
      const { status } = await plane.post(PATH, ASKED, { apiKey: first, url })
      if (status === 200) served += 1
      else refusals += 1
      expect([200, 402]).toContain(status)
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_none, index) => caller(urls[index % 2] ?? '')))
  expect(served).toBe(calls)
  expect((await freeAgain(account))?.balance).toBe(worst - charge)
})

test('what a call costs beyond what it held and what there is, is forgiven', async () => {
  const worst = await worstCase()
  const poor = `poor-${made}`
  const caller = key()
  await plane.publish(workspace({ workspaceId: poor, keys: [caller.key] }))
  await plane.credits.seed(poor, nanodollars(worst))
  // The provider breaks the bound it was given: a thousand tokens instead of five.
  plane.simulator.script.add({
    type: 'answer',
    text: 'much',
    usage: { prompt_tokens: 1_000, completion_tokens: 1_000, total_tokens: 2_000 },
  })
  const response = await plane.post(PATH, ASKED, { apiKey: caller.secret })
  const record = await plane.record(((await response.json()) as { id: string }).id)
  expect(record.costNanodollars).toBe(5_000_000)
  expect(record.chargeNanodollars).toBe(worst)
  expect(record.forgivenNanodollars).toBe(6_250_000 - worst)
  await waitUntil(async () => (await plane.credits.read(poor))?.balance === 0)
})

/** What a call holds, as a refusal for want of it tells. */
async function worstCase(): Promise<number> {
  const empty = `empty-${made}`
  const caller = key()
  await plane.publish(workspace({ workspaceId: empty, keys: [caller.key] }))
  await plane.credits.seed(empty, ZERO)
  const { message } = await errorOf(await plane.post(PATH, ASKED, { apiKey: caller.secret }))
  return fromDollars(Number(/up to \$([\d.]+)/.exec(message)?.[1]))
}

function thisMonth(): string {
  return new Date().toISOString().slice(0, 7)
}
