import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createId } from '../../shared/runtime/id.ts'
import { chargeOf } from '../helpers/charge-of.ts'
import { generationOf, startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane()
})
afterAll(() => harness.close())

const billing = () => harness.controlPlane.modules.billing
const ingest = (...batch: ReturnType<typeof generationOf>[]) =>
  harness.controlPlane.modules.requestLogs.service.ingest(batch, createId())

/** A workspace with a dollar. */
async function fundedWorkspace() {
  const workspace = await harness.workspace()
  await billing().service.topUp(workspace.id, { amountUsd: 1, idempotencyKey: 'first' })
  return workspace
}

async function exportOf(path: string, token: string | null = null) {
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
  return harness.server.app.inject({ url: path, headers: authorization })
}

async function tokenOf(userId: string): Promise<string> {
  const { users } = harness.controlPlane.modules
  return (await users.service.createAdminToken(userId, { name: 'export', expiresAt: null })).secret
}

test('the ledger as CSV has every entry once, oldest first, over many pages, and its amounts add up to the balance', async () => {
  const { id: workspaceId } = await fundedWorkspace()
  await billing().service.recordCharges(
    Array.from({ length: 600 }, (_, index) => chargeOf(workspaceId, index, { at: 7 })),
  )
  const viewer = await harness.member(workspaceId, 'viewer')
  const { statusCode, headers, body } = await exportOf(`/billing/${workspaceId}/ledger.csv`, await tokenOf(viewer.id))
  expect(statusCode).toBe(200)
  expect(headers).toMatchObject({
    'content-type': 'text/csv; charset=utf-8; header=present',
    'content-disposition': `attachment; filename="ledger-${workspaceId}.csv"`,
    'cache-control': 'no-store',
  })
  const rows: Record<string, string>[] = parse(body, { columns: true, record_delimiter: '\r\n' })
  expect(new Set(rows.map(({ id }) => id)).size).toBe(601)
  expect(rows.map(({ at }) => at)).toEqual(rows.map(({ at }) => at).sort())
  const sum = rows.reduce((total, row) => total + Number(row['amount_nanodollars']), 0)
  expect(sum).toBe(await billing().readModel.ledgerTotal(workspaceId))
  const some = await exportOf(
    `/billing/${workspaceId}/ledger.csv?types=topup&from=2026-01-01`,
    await tokenOf(viewer.id),
  )
  expect(parse(some.body, { columns: true })).toMatchObject([{ type: 'topup', amount_usd: '1.000000000' }])
})

test('the CSV is for members alone, and what it is asked for is checked', async () => {
  const { id: workspaceId, owner } = await fundedWorkspace()
  const path = `/billing/${workspaceId}/ledger.csv`
  const answerOf = async (...asked: Parameters<typeof exportOf>) => {
    const answer = await exportOf(...asked)
    return [answer.statusCode, answer.json().errors[0].extensions.code]
  }
  const stranger = await tokenOf((await harness.user()).id)
  expect(await answerOf(path)).toEqual([401, 'unauthenticated'])
  expect(await answerOf(path, stranger)).toEqual([404, 'workspace_not_found'])
  const token = await tokenOf(owner.id)
  for (const query of [
    'from=now',
    'to=2026-13-01',
    'to=2026-11-01T00:00:00',
    'from=2026-01-01&from=2026-01-02',
    'types=usage,x',
  ]) {
    expect(await answerOf(`${path}?${query}`, token)).toEqual([400, 'invalid_input'])
  }
})

const SUMMARY =
  'month isOpen openingNanodollars closingNanodollars totals { usage evaluation forgiven topup refund adjustment }'
const LINE = 'of name calls inputTokens outputTokens costNanodollars chargeNanodollars forgivenNanodollars'
const INVOICE = `query ($workspaceId: ID!, $month: String!) { invoice(workspaceId: $workspaceId, month: $month) {
  ${SUMMARY} charge byModel { ${LINE} } byKey { ${LINE} } byAbTest { ${LINE} }
} }`

test('an invoice has the lines and the totals of its month, and opens with what the month before closed with', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { createKey } = await owner.client.run<{ createKey: { key: { id: string } } }>(
    `mutation ($workspaceId: ID!) { createKey(workspaceId: $workspaceId, input: { name: "production" }) { key { id } } }`,
    { workspaceId },
  )
  const keyId = createKey.key.id
  const inMonth = (month: number, fields: Parameters<typeof generationOf>[1]) =>
    generationOf(workspaceId, { startedAt: Date.UTC(2026, month, 28, 23, 59), keyId, ...fields })
  await ingest(
    inMonth(3, { chargeNanodollars: 100 }),
    inMonth(4, { chargeNanodollars: 20, forgivenNanodollars: 5 }),
    inMonth(4, { chargeNanodollars: 3, model: 'sim-large' }),
    inMonth(4, { chargeNanodollars: 1, purpose: 'benchmark', keyId: 'internal' }),
    inMonth(5, { chargeNanodollars: 1_000 }),
  )
  const tokens = { inputTokens: 14, outputTokens: 5, costNanodollars: 4_000 }
  const line = (of: string | null, fields: object) => ({
    of,
    name: null,
    calls: 1,
    ...tokens,
    forgivenNanodollars: 0,
    ...fields,
  })
  const two = { calls: 2, inputTokens: 28, outputTokens: 10, costNanodollars: 8_000 }
  expect(await owner.client.run(INVOICE, { workspaceId, month: '2026-05' })).toEqual({
    invoice: {
      month: '2026-05',
      isOpen: false,
      openingNanodollars: -100,
      closingNanodollars: -124,
      totals: { usage: -28, evaluation: -1, forgiven: 5, topup: 0, refund: 0, adjustment: 0 },
      charge: 24 / 1_000_000_000,
      byModel: [
        line('sim-fast', { ...two, chargeNanodollars: 21, forgivenNanodollars: 5 }),
        line('sim-large', { chargeNanodollars: 3 }),
      ],
      byKey: [
        line(keyId, { ...two, name: 'production', chargeNanodollars: 23, forgivenNanodollars: 5 }),
        line('internal', { chargeNanodollars: 1 }),
      ],
      byAbTest: [
        line(null, {
          calls: 3,
          inputTokens: 42,
          outputTokens: 15,
          costNanodollars: 12_000,
          chargeNanodollars: 24,
          forgivenNanodollars: 5,
        }),
      ],
    },
  })
  // A record that comes after the month has ended is on it all the same.
  await ingest(inMonth(4, { chargeNanodollars: 6 }))
  const { invoices } = await owner.client.run<{ invoices: { month: string; openingNanodollars: number }[] }>(
    `query ($workspaceId: ID!) { invoices(workspaceId: $workspaceId) { ${SUMMARY} } }`,
    { workspaceId },
  )
  expect(invoices.map(({ month, openingNanodollars }) => [month, openingNanodollars])).toEqual([
    ['2026-06', -130],
    ['2026-05', -100],
    ['2026-04', 0],
  ])
})

test('the month that is under way says so; one that has not begun, or another workspace’s, has no invoice', async () => {
  const { id: workspaceId, owner } = await fundedWorkspace()
  const month = new Date(harness.clock.now()).toISOString().slice(0, 7)
  const { invoice } = await owner.client.run<{ invoice: object }>(INVOICE, { workspaceId, month })
  expect(invoice).toMatchObject({ isOpen: true, closingNanodollars: 1_000_000_000, byModel: [] })
  expect(await owner.client.codeOf(INVOICE, { workspaceId, month: '2999-01' })).toBe('invalid_input')
  const stranger = await harness.user()
  expect(await stranger.client.codeOf(INVOICE, { workspaceId, month })).toBe('workspace_not_found')
})
