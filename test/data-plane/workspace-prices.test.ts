import { afterAll, beforeAll, expect, test } from 'vitest'
import { fromDollars } from '../../shared/money/nanodollars.ts'
import { plainRates } from '../../shared/money/price.ts'
import { CHAT, startDataPlane, type DataPlaneHarness } from '../helpers/data-plane-harness.ts'
import { key, PRICE, workspace } from '../helpers/snapshot-fixtures.ts'

let plane: DataPlaneHarness
beforeAll(async () => {
  plane = await startDataPlane()
})
afterAll(() => plane.stop())

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const USAGE = { prompt_tokens: 1_000, completion_tokens: 500, total_tokens: 1_500 }

test.each([
  ['now', -1, 'override:own/now', 3_000_000],
  ['at another time of the day', 11, 'override:own', 7_000_000],
])(
  'a workspace’s price that is another %s: a call that begins now is charged by it',
  async (_name, hours, version, cost) => {
    const at = (offset: number): number => (Date.now() + offset * HOUR_MS) % DAY_MS
    const other = { ...PRICE, version: 'override:own/now', rates: plainRates(1e9, 4e9) }
    const daily = [{ ...other, fromMs: at(hours), toMs: at(hours + 2) }]
    const own = { ...PRICE, version: 'override:own', rates: plainRates(3e9, 8e9), daily, effectiveFrom: 0 }
    const place = { modelId: 'sim-fast', gateway: 'simulator', paidBy: 'credits' } as const
    const caller = key()
    const workspaceId = `priced-${hours}`
    await plane.publish(workspace({ workspaceId, keys: [caller.key], priceOverrides: [{ ...place, prices: [own] }] }))
    await plane.credits.seed(workspaceId, fromDollars(10))
    plane.simulator.script.add({ type: 'answer', text: 'Paris', usage: USAGE })

    const response = await plane.post('/v1/llm/chat/completions', CHAT, { apiKey: caller.secret })
    const told = (await response.json()) as { id: string }
    expect(told).toMatchObject({ usage: { cost: cost / 1e9 }, credits_used: (cost / 1e9) * 2.5 })
    expect(await plane.record(told.id)).toMatchObject({
      costNanodollars: cost,
      chargeNanodollars: cost * 1.25,
      priceVersion: version,
    })
  },
)
