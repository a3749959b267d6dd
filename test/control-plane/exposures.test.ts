import { afterAll, beforeAll, expect, test } from 'vitest'
import { fingerprintVariant } from '../../shared/ab-tests/variant-fingerprint.ts'
import { variantIdOf } from '../../shared/ab-tests/variant-id.ts'
import type { Generation } from '../../shared/queues/generations.queue.ts'
import { AB_TESTS, createAbTestWorld, exposedCall, type AbTestWorld } from '../helpers/ab-test-world.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane()
})
afterAll(() => harness.close())

const DEFINITION = {
  gateway: 'simulator',
  model: 'sim-fast',
  systemPrompt: 'Hi.',
  parameters: { temperature: 0 },
} as const

async function keep(...generations: Generation[]): Promise<void> {
  await harness.controlPlane.modules.requestLogs.service.ingest(generations)
}

function exposureOf({ abTestId, workspaceId }: AbTestWorld, unitId: string) {
  return harness.controlPlane.modules.abTests.readModel.findExposure(workspaceId, { abTestId, unitId })
}

test('a hundred first requests of one definition at once make one variant, which the snapshot then has', async () => {
  const world = await createAbTestWorld(harness)
  const variantId = variantIdOf(world.abTestId, fingerprintVariant(DEFINITION))
  const calls = Array.from({ length: 100 }, () =>
    exposedCall(world, { variantId, how: 'requested', propensity: 1, definition: DEFINITION }),
  )
  await Promise.all(calls.map((call) => keep(call)))
  await keep(...calls)
  const variants = await world.variants({ includeArchived: true })
  expect(variants).toMatchObject([{ id: variantId, model: 'simulator:sim-fast', systemPrompt: 'Hi.', createdBy: null }])
  const { readModel } = harness.controlPlane.modules.abTests
  const [settings] = await readModel.forSnapshot(world.workspaceId)
  expect(settings?.variants).toMatchObject([{ type: 'model', id: variantId, ...DEFINITION }])
  // The same, made by hand, is that one.
  const { gateway, model, ...rest } = DEFINITION
  expect(await world.codeOf(AB_TESTS.createVariant, { input: { model: `${gateway}:${model}`, ...rest } })).toBe(
    'variant_exists',
  )
})

test('requests make no variants of tests of other workspaces, nor do calls that Signalbox makes itself', async () => {
  const [world, other] = [await createAbTestWorld(harness), await createAbTestWorld(harness)]
  const exposure = { variantId: 'var_x', unitId: 'u', definition: DEFINITION }
  await keep(
    exposedCall({ ...world, abTestId: other.abTestId }, exposure),
    exposedCall(world, exposure, { purpose: 'evaluation' }),
    exposedCall(world, exposure, { purpose: 'benchmark' }),
  )
  expect(await world.variants({ includeArchived: true })).toEqual([])
  expect(await other.variants({ includeArchived: true })).toEqual([])
  expect(await exposureOf(world, 'u')).toBeNull()
})

test("a unit's first exposure stands, and other variants that it meets later are remembered beside it", async () => {
  const world = await createAbTestWorld(harness)
  const [a, b] = [
    await world.variant({ model: 'simulator:sim-fast' }),
    await world.variant({ model: 'simulator:sim-smart' }),
  ]
  const first = exposedCall(world, { variantId: a.id, unitId: 'u', propensity: 0.3, weightsVersion: 2 })
  const second = exposedCall(world, { variantId: b.id, unitId: 'u', contaminated: true })
  const third = exposedCall(world, { variantId: a.id, unitId: 'u' })
  // Also where records of one batch come in another order than their calls.
  await keep(third, second, first)
  const expected = {
    variantId: a.id,
    how: 'allocated',
    propensity: 0.3,
    weightsVersion: 2,
    generationId: first.id,
    at: first.startedAt,
    contaminated: false,
    sawVariants: [b.id],
  }
  expect(await exposureOf(world, 'u')).toMatchObject(expected)
  await keep(second, first)
  await keep(third)
  expect(await exposureOf(world, 'u')).toMatchObject(expected)
})
