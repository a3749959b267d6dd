import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCreditLeases } from '../../shared/money/credit-leases.ts'
import { nanodollars, ZERO } from '../../shared/money/nanodollars.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane()
})
afterAll(() => harness.close())

const TOP_UP = `mutation ($workspaceId: ID!, $amountUsd: Float!, $key: String!) {
  topUp(workspaceId: $workspaceId, amountUsd: $amountUsd, idempotencyKey: $key) {
    entry { id type amountNanodollars amount } balance { balanceNanodollars ledgerNanodollars credits }
  }
}`
const BALANCE = `query ($workspaceId: ID!) {
  balance(workspaceId: $workspaceId) { balanceNanodollars balance reservedNanodollars ledgerNanodollars credits creditUsd }
}`

test('a top-up is in the ledger and free to spend at once, exactly', async () => {
  const { id: workspaceId } = await harness.workspace()
  const result = await harness.admin.run(TOP_UP, { workspaceId, amountUsd: 12.345678901, key: 'a' })
  expect(result).toEqual({
    topUp: {
      entry: {
        id: `topup:${workspaceId}:a`,
        type: 'topup',
        amountNanodollars: 12_345_678_901,
        amount: 12.345678901,
      },
      balance: { balanceNanodollars: 12_345_678_901, ledgerNanodollars: 12_345_678_901, credits: 24.691357802 },
    },
  })
})

test('a top-up of one idempotency key is made once, also when it is sent ten times at once', async () => {
  const { id: workspaceId } = await harness.workspace()
  const variables = { workspaceId, amountUsd: 5, key: 'once' }
  await Promise.all(Array.from({ length: 10 }, () => harness.admin.run(TOP_UP, variables)))
  const { balance } = await harness.admin.run<{ balance: object }>(BALANCE, { workspaceId })
  expect(balance).toMatchObject({ balanceNanodollars: 5_000_000_000, ledgerNanodollars: 5_000_000_000 })
})

test('an idempotency key is one workspace its own, and one amount its own', async () => {
  const [first, second] = [await harness.workspace(), await harness.workspace()]
  const variables = { workspaceId: first.id, amountUsd: 5, key: 'mine' }
  expect(await harness.admin.codeOf(TOP_UP, variables)).toBeNull()
  expect(await harness.admin.codeOf(TOP_UP, { ...variables, workspaceId: second.id })).toBeNull()
  expect(await harness.admin.codeOf(TOP_UP, { ...variables, amountUsd: 6 })).toBe('idempotency_conflict')
})

test.each([0, -1, 1e-10, 2_000_000])('%d dollars are no top-up', async (amountUsd) => {
  const { id: workspaceId } = await harness.workspace()
  const { errors } = await harness.admin.ask(TOP_UP, { workspaceId, amountUsd, key: 'x' })
  expect(errors[0]?.extensions).toEqual({ code: 'invalid_amount', field: 'amountUsd' })
})

test('a workspace that does not exist gets no money', async () => {
  expect(await harness.admin.codeOf(TOP_UP, { workspaceId: 'nowhere', amountUsd: 1, key: 'x' })).toBe(
    'workspace_not_found',
  )
})

test('what calls under way hold is shown apart; what a lease holds idle is free to spend', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  await harness.admin.run(TOP_UP, { workspaceId, amountUsd: 1, key: 'a' })
  const report = {
    sequence: 1,
    committed: ZERO,
    free: ZERO,
    target: nanodollars(10_000_000),
    unit: nanodollars(1),
    settlements: [],
    needs: [{ amount: nanodollars(250_000_000), recall: 0 }],
  }
  await createCreditLeases(harness.controlPlane.redis, 'lease').sync(workspaceId, report, harness.clock.now())
  expect(await owner.client.run(BALANCE, { workspaceId })).toEqual({
    balance: {
      balanceNanodollars: 750_000_000,
      balance: 0.75,
      reservedNanodollars: 250_000_000,
      ledgerNanodollars: 1_000_000_000,
      credits: 1.5,
      creditUsd: 0.5,
    },
  })
})

test('the ledger comes in pages, newest first, without gaps or repeats', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  for (let number = 1; number <= 5; number += 1) {
    await harness.admin.run(TOP_UP, { workspaceId, amountUsd: number, key: String(number) })
  }
  const seen: number[] = []
  let after: string | null = null
  do {
    const page: { ledger: { nodes: { amount: number }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } } =
      await owner.client.run(
        `query ($workspaceId: ID!, $after: String) { ledger(workspaceId: $workspaceId, first: 2, after: $after) {
          nodes { amount } pageInfo { hasNextPage endCursor }
        } }`,
        { workspaceId, after },
      )
    seen.push(...page.ledger.nodes.map((entry) => entry.amount))
    after = page.ledger.pageInfo.hasNextPage ? page.ledger.pageInfo.endCursor : null
  } while (after !== null)
  expect(seen).toEqual([5, 4, 3, 2, 1])
})

test('while Redis is away the ledger still answers, the live balance is unknown, and top-ups are kept', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  await harness.admin.run(TOP_UP, { workspaceId, amountUsd: 1, key: 'before' })
  await harness.services.redis.stop()
  const away = await owner.client.run(BALANCE, { workspaceId })
  expect(away).toEqual({
    balance: {
      balanceNanodollars: null,
      balance: null,
      reservedNanodollars: null,
      ledgerNanodollars: 1_000_000_000,
      credits: null,
      creditUsd: 0.5,
    },
  })
  expect(await harness.admin.codeOf(TOP_UP, { workspaceId, amountUsd: 1, key: 'away' })).toBeNull()
  const { balance } = await owner.client.run<{ balance: object }>(BALANCE, { workspaceId })
  expect(balance).toMatchObject({ balanceNanodollars: null, ledgerNanodollars: 2_000_000_000 })
  await harness.services.redis.start()
})
