import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, readAccount, readCalls } from '../helpers/ask.ts'
import { startSignalbox, type Demo, type RunningSignalbox } from '../helpers/running-signalbox.ts'
import { temporaryDirectory } from '../helpers/services.ts'
import { waitUntil } from '../helpers/wait-until.ts'

// Seconds, not milliseconds: a whole Signalbox with four data-plane processes is started.
const LIMIT_MS = 180_000
/** `EXACT_CALLS=1000` is the full size. */
const CALLS = Number(process.env['EXACT_CALLS'] ?? 150)
const CALLERS = 64
const PROCESSES = 4
/** $0.0008 a call, with the markup of 1.25: what a call holds is what it costs. */
const PER_REQUEST_USD = 0.0008
const CHARGE = 1_000_000
const IN_DOLLARS = 1e-9

let dataDir: string
let signalbox: RunningSignalbox
beforeAll(async () => {
  dataDir = await temporaryDirectory()
  signalbox = await startSignalbox(dataDir, { DATA_PLANE_PROCESSES: String(PROCESSES) })
}, LIMIT_MS)
afterAll(async () => {
  await signalbox.stop()
  await rm(dataDir, { recursive: true, force: true })
}, LIMIT_MS)

test(
  'a balance for so many calls serves exactly so many, over four processes; then it is nothing, and so is the ledger',
  async () => {
    const shop = await openWorkspace('balance', { calls: CALLS })
    expect(await offer(shop.apiKey)).toEqual({ served: CALLS, refused: OFFERED - CALLS })
    await whenSettled(shop, 0)
    const calls = await readCalls(shop.demo)
    expect(calls.reduce((sum, { chargeNanodollars }) => sum + chargeNanodollars, 0)).toBe(CALLS * CHARGE)
  },
  LIMIT_MS,
)

test(
  'a budget of a key for so many calls serves exactly so many; another key goes on',
  async () => {
    const shop = await openWorkspace('key budget', { calls: 2 * OFFERED })
    const scope = { scope: 'key', keyId: shop.keyId, period: 'total' }
    const budgetId = await createBudget(shop.demo, scope)
    expect(await offer(shop.apiKey)).toEqual({ served: CALLS, refused: OFFERED - CALLS })
    expect(await call((await createKey(shop.demo)).apiKey)).toBe(200)
    await whenSettled(shop, (2 * OFFERED - CALLS - 1) * CHARGE)
    expect(await readBudget(shop.demo, budgetId)).toEqual({ spentNanodollars: CALLS * CHARGE, remainingNanodollars: 0 })
  },
  LIMIT_MS,
)

test(
  'a monthly budget of a workspace for so many calls serves exactly so many, whichever key asks',
  async () => {
    const shop = await openWorkspace('workspace budget', { calls: 2 * OFFERED })
    const budgetId = await createBudget(shop.demo, { scope: 'workspace', period: 'monthly' })
    expect(await offer(shop.apiKey)).toEqual({ served: CALLS, refused: OFFERED - CALLS })
    expect(await call((await createKey(shop.demo)).apiKey)).toBe(402)
    await whenSettled(shop, (2 * OFFERED - CALLS) * CHARGE)
    expect(await readBudget(shop.demo, budgetId)).toEqual({ spentNanodollars: CALLS * CHARGE, remainingNanodollars: 0 })
  },
  LIMIT_MS,
)

/** More than there is money for. */
const OFFERED = Math.ceil(1.3 * CALLS)

interface Shop {
  readonly demo: Demo
  readonly keyId: string
  readonly apiKey: string
}

/** A workspace with the money for so many calls. */
async function openWorkspace(name: string, { calls }: { calls: number }): Promise<Shop> {
  const { createWorkspace } = await ask<{ createWorkspace: { id: string } }>(
    signalbox.demo,
    'mutation($name: String!) { createWorkspace(name: $name) { id } }',
    { name },
  )
  const demo = { ...signalbox.demo, workspaceId: createWorkspace.id }
  const price = { inputUsdPerMillion: 0, outputUsdPerMillion: 0, perRequestUsd: PER_REQUEST_USD }
  const input = { model: 'sim-fast', gateway: 'simulator', paidBy: 'credits', price }
  await ask(demo, PRICE, { input })
  await ask(demo, TOP_UP, { amountUsd: calls * CHARGE * IN_DOLLARS })
  return { demo, ...(await createKey(demo)) }
}

/** A key that every process knows. */
async function createKey(demo: Demo): Promise<{ keyId: string; apiKey: string }> {
  const { createKey: created } = await ask<{ createKey: { secret: string; key: { id: string } } }>(demo, KEY)
  const everywhere = async () => {
    const asked = Array.from({ length: 4 * PROCESSES }, () => listModels(created.secret))
    return (await Promise.all(asked)).every((status) => status === 200)
  }
  await waitUntil(everywhere, { what: 'the key to be served' })
  return { keyId: created.key.id, apiKey: created.secret }
}

async function createBudget(demo: Demo, scope: object): Promise<string> {
  const input = { name: 'exact', mode: 'hard', limitUsd: CALLS * CHARGE * IN_DOLLARS, ...scope }
  const { createBudget: created } = await ask<{ createBudget: { id: string } }>(demo, BUDGET, { input })
  // A process that knows a later key has a snapshot with the budget.
  await createKey(demo)
  return created.id
}

async function readBudget(demo: Demo, id: string) {
  const { budget } = await ask<{ budget: { spentNanodollars: number; remainingNanodollars: number } }>(
    demo,
    'query($workspaceId: ID!, $id: ID!) { budget(workspaceId: $workspaceId, id: $id) { spentNanodollars remainingNanodollars } }',
    { id },
  )
  return budget
}

async function offer(apiKey: string): Promise<{ served: number; refused: number }> {
  let [left, served, refused] = [OFFERED, 0, 0]
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      const status = await call(apiKey)
      expect([200, 402]).toContain(status)
      if (status === 200) served += 1
      else refused += 1
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
  return { served, refused }
}

async function call(apiKey: string): Promise<number> {
  const response = await fetch(`${signalbox.demo.dataPlaneUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ model: 'sim-fast', messages: [{ role: 'user', content: 'Hello' }] }),
  })
  await response.text()
  return response.status
}

async function listModels(apiKey: string): Promise<number> {
  const headers = { authorization: `Bearer ${apiKey}` }
  const response = await fetch(`${signalbox.demo.dataPlaneUrl}/v1/models`, { headers })
  await response.text()
  return response.status
}

/** When every record is in the ledger, and nothing is held. */
async function whenSettled({ demo }: Shop, ledger: number): Promise<void> {
  await waitUntil(async () => (await readAccount(demo)).ledgerNanodollars === ledger, {
    limitMs: 30_000,
    what: 'the ledger',
  })
  const settled = { balanceNanodollars: ledger, reservedNanodollars: 0, ledgerNanodollars: ledger }
  expect(await readAccount(demo)).toEqual(settled)
}

const PRICE = `mutation($workspaceId: ID!, $input: PriceOverrideInput!) {
  setPriceOverride(workspaceId: $workspaceId, input: $input) { id }
}`
const TOP_UP = `mutation($workspaceId: ID!, $amountUsd: Float!) {
  topUp(workspaceId: $workspaceId, amountUsd: $amountUsd, idempotencyKey: "once") { entry { id } }
}`
const KEY = `mutation($workspaceId: ID!) {
  createKey(workspaceId: $workspaceId, input: { name: "caller" }) { secret key { id } }
}`
const BUDGET = `mutation($workspaceId: ID!, $input: CreateBudgetInput!) {
  createBudget(workspaceId: $workspaceId, input: $input) { id }
}`
