import { afterAll, beforeAll, expect, test } from 'vitest'
import { NO_USAGE } from '../../shared/llm/usage.ts'
import { priceUsage } from '../../shared/money/price.ts'
import { overlayPrices, priceAt } from '../../shared/money/price-schedule.ts'
import { priceOverrideSchema } from '../../shared/snapshot/price-schema.ts'
import { startControlPlane, type ControlPlaneHarness, type TestUser } from '../helpers/control-plane-harness.ts'

let harness: ControlPlaneHarness
let admin: TestUser
beforeAll(async () => {
  harness = await startControlPlane()
  await harness.controlPlane.modules.catalog.service.seed({ withSimulator: true })
  admin = await harness.user({ isPlatformAdmin: true })
})
afterAll(() => harness.close())

const SET = `mutation ($workspaceId: ID!, $input: PriceOverrideInput!) {
  setPriceOverride(workspaceId: $workspaceId, input: $input) { id paidBy effectiveFrom price { version rates { inputUsdPerMillion cacheReadUsdPerMillion } } }
}`
const REMOVE = 'mutation ($w: ID!, $id: ID!) { removePriceOverride(workspaceId: $w, id: $id) { id } }'
const OVERRIDES = 'query ($w: ID!) { priceOverrides(workspaceId: $w) { id model } }'
const INPUT = { model: 'sim-fast', gateway: 'simulator', price: { inputUsdPerMillion: 9, outputUsdPerMillion: 18 } }

test('a workspace’s own price is in its snapshot and in no other, until it is removed', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const other = await harness.workspace()
  const { setPriceOverride } = await owner.client.run<{ setPriceOverride: { id: string } }>(SET, {
    workspaceId,
    input: { ...INPUT, price: { ...INPUT.price, tiers: [{ aboveInputTokens: 1000, inputUsdPerMillion: 1 }] } },
  })
  const { id } = setPriceOverride
  expect(setPriceOverride).toMatchObject({
    paidBy: 'workspace_credential',
    price: { version: `override:${id}`, rates: { inputUsdPerMillion: 9, cacheReadUsdPerMillion: 9 } },
  })
  const { readModel } = harness.controlPlane.modules.prices
  expect(await readModel.overridesForSnapshot(workspaceId)).toMatchObject([
    {
      modelId: 'sim-fast',
      gateway: 'simulator',
      paidBy: 'workspace-credential',
      prices: [{ version: `override:${id}`, rates: { input: 9e9 }, tiers: [{ aboveInputTokens: 1000 }] }],
    },
  ])
  expect(await harness.controlPlane.publishSnapshot(workspaceId)).toBe('moved')
  expect(await readModel.overridesForSnapshot(other.id)).toEqual([])
  expect(await other.owner.client.codeOf(REMOVE, { w: other.id, id })).toBe('price_override_not_found')
  await owner.client.run(REMOVE, { w: workspaceId, id })
  expect(await owner.client.run(OVERRIDES, { w: workspaceId })).toEqual({ priceOverrides: [] })
  expect(await readModel.overridesForSnapshot(workspaceId)).toEqual([])
})

test('a workspace’s own price may be another at times of the day: shown, in its snapshot, and what calls cost', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const night = { from: '22:00:00Z', to: '06:00:00+00:00', price: { inputUsdPerMillion: 3, perRequestUsd: 0.5 } }
  const set = `mutation ($workspaceId: ID!, $input: PriceOverrideInput!) { setPriceOverride(workspaceId: $workspaceId, input: $input) {
    id price { rates { inputUsdPerMillion } } daily { from to price { version rates { inputUsdPerMillion outputUsdPerMillion } } }
  } }`
  const { setPriceOverride } = await owner.client.run<{ setPriceOverride: { id: string } }>(set, {
    workspaceId,
    input: { ...INPUT, daily: [night] },
  })
  const version = `override:${setPriceOverride.id}`
  expect(setPriceOverride).toEqual({
    id: setPriceOverride.id,
    price: { rates: { inputUsdPerMillion: 9 } },
    daily: [
      {
        from: '22:00:00Z',
        to: '06:00:00Z',
        price: {
          version: `${version}/22:00:00Z-06:00:00Z`,
          rates: { inputUsdPerMillion: 3, outputUsdPerMillion: null },
        },
      },
    ],
  })
  const [found] = await harness.controlPlane.modules.prices.readModel.overridesForSnapshot(workspaceId)
  const { prices } = priceOverrideSchema.parse(JSON.parse(JSON.stringify(found)))
  const schedule = overlayPrices(null, prices)
  if (!schedule) throw new Error('there is no price')
  const usage = { ...NO_USAGE, uncachedInputTokens: 1_000_000 }
  const costAt = (time: string) => priceUsage(usage, priceAt(schedule, Date.parse(`2026-11-22T${time}Z`)))
  expect(['21:59:59.999', '22:00:00', '05:59:59.999', '06:00:00'].map(costAt)).toEqual([9e9, 3.5e9, 3.5e9, 9e9])

  const codeOf = (daily: object[]) => owner.client.codeOf(set, { workspaceId, input: { ...INPUT, daily } })
  expect(await codeOf([night, { ...night, from: '05:00:00Z', to: '07:00:00Z' }])).toBe('invalid_input')
  expect(await codeOf([{ ...night, to: '22:00:00Z' }])).toBe('invalid_input')
  expect(await codeOf([{ ...night, price: { inputUsdPerMillion: -1 } }])).toBe('invalid_input')
  expect(await codeOf(Array.from({ length: 25 }, () => night))).toBe('invalid_input')
})

test('what a workspace pays in credits is for platform admins to set and to take away', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const input = { ...INPUT, paidBy: 'credits' }
  expect(await owner.client.codeOf(SET, { workspaceId, input })).toBe('forbidden')
  const { setPriceOverride } = await admin.client.run<{ setPriceOverride: { id: string } }>(SET, { workspaceId, input })
  expect(await owner.client.codeOf(REMOVE, { w: workspaceId, id: setPriceOverride.id })).toBe('forbidden')
  expect(await owner.client.run(OVERRIDES, { w: workspaceId })).toMatchObject({
    priceOverrides: [{ model: 'sim-fast' }],
  })
  await admin.client.run(REMOVE, { w: workspaceId, id: setPriceOverride.id })
  const developer = await harness.member(workspaceId, 'developer')
  expect(await developer.client.codeOf(SET, { workspaceId, input: INPUT })).toBe('forbidden')
})

test('a later price of a workspace’s own takes over at its date, and prices for what cannot be called are refused', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const effectiveFrom = new Date(harness.clock.now() + 60_000)
  await owner.client.run(SET, { workspaceId, input: { ...INPUT, effectiveFrom } })
  await owner.client.run(SET, { workspaceId, input: INPUT })
  const [override] = await harness.controlPlane.modules.prices.readModel.overridesForSnapshot(workspaceId)
  expect(override?.prices.map((price) => price.effectiveFrom < effectiveFrom.getTime())).toEqual([true, false])
  expect(override?.prices[1]?.effectiveFrom).toBe(effectiveFrom.getTime())

  const codeOf = (input: object) => owner.client.codeOf(SET, { workspaceId, input: { ...INPUT, ...input } })
  expect(await codeOf({ model: 'nothing' })).toBe('model_not_offered')
  expect(await codeOf({ gateway: 'openai' })).toBe('model_not_offered')
  expect(await codeOf({ effectiveFrom: new Date(0) })).toBe('invalid_input')
  expect(await codeOf({ price: { inputUsdPerMillion: -1 } })).toBe('invalid_input')
  const twice = [1, 2].map((inputUsdPerMillion) => ({ aboveInputTokens: 10, inputUsdPerMillion }))
  expect(await codeOf({ price: { inputUsdPerMillion: 1, tiers: twice } })).toBe('invalid_input')
  const made = `mutation ($w: ID!) { createModel(workspaceId: $w, input: { id: "own", baseUrl: "https://llm.example.com/v1" }) { id } }`
  await owner.client.run(made, { w: workspaceId })
  const own = { workspaceId, input: { ...INPUT, model: 'own', gateway: 'custom', paidBy: 'credits' } }
  expect(await admin.client.codeOf(SET, own)).toBe('model_never_on_credits')
  const unpriced = { model: 'own', gateway: 'custom' }
  expect(await codeOf({ ...unpriced, effectiveFrom })).toBe('invalid_input')
  expect(await codeOf(unpriced)).toBeNull()
  expect(await codeOf({ ...unpriced, effectiveFrom })).toBeNull()
})
