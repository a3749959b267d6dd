import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AbTestSettings } from '../../shared/ab-tests/ab-test-settings.ts'
import { AB_TESTS, createAbTestWorld, type AbTestWorld, type ShownAbTest } from '../helpers/ab-test-world.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane()
})
afterAll(() => harness.close())

const FAST = { model: 'simulator:sim-fast' }
const SMART = { model: 'simulator:sim-smart', systemPrompt: 'Be brief.', parameters: { temperature: 0.2 } }

async function settingsOf({ workspaceId, abTestId }: AbTestWorld): Promise<AbTestSettings | undefined> {
  const found = await harness.controlPlane.modules.abTests.readModel.forSnapshot(workspaceId)
  return found.find(({ id }) => id === abTestId)
}

function weightsOf(...pairs: [variantId: string, weight: number][]) {
  return { type: 'weights', weights: pairs.map(([variantId, weight]) => ({ variantId, weight })) }
}

test('a variant is what it is: the same again is refused, whatever the order of its parameters', async () => {
  const world = await createAbTestWorld(harness)
  const parameters = {
    temperature: 0.2,
    stop: 'x',
    response_format: { type: 'json_schema', json_schema: { $ref: 'a' } },
  }
  const made = await world.variant({ ...SMART, parameters })
  expect(made).toMatchObject({ name: 'simulator:sim-smart', type: 'model', parameters: { ...parameters, stop: ['x'] } })
  const reordered = { stop: ['x'], response_format: parameters.response_format, temperature: 0.2, top_p: null }
  expect(await world.codeOf(AB_TESTS.createVariant, { input: { ...SMART, parameters: reordered } })).toBe(
    'variant_exists',
  )
  await world.variant({ ...SMART, parameters: { ...parameters, temperature: 0.3 } })
  expect(await world.variants()).toHaveLength(2)
})

test('variants that are not possible are refused with a code and none is made', async () => {
  const world = await createAbTestWorld(harness)
  const refused: [object, string][] = [
    [{ model: 'nobody:gpt-4' }, 'unknown_gateway'],
    [{ model: 'gpt-4' }, 'unknown_gateway'],
    [{ model: 'openai:' }, 'invalid_variant'],
    [{}, 'invalid_variant'],
    [{ ...FAST, routerId: 'any' }, 'invalid_variant'],
    [{ ...FAST, parameters: { temperature: 9 } }, 'invalid_variant'],
    [{ ...FAST, parameters: { messages: [] } }, 'invalid_variant'],
    [{ routerId: 'nobody' }, 'router_not_found'],
    [{ ...FAST, name: '' }, 'invalid_input'],
  ]
  for (const [input, code] of refused) {
    expect([input, await world.codeOf(AB_TESTS.createVariant, { input })]).toEqual([input, code])
  }
  expect(await world.variants({ includeArchived: true })).toEqual([])
})

test('a promotion and its rollbacks are remembered: who, from what, to what', async () => {
  const world = await createAbTestWorld(harness)
  const [a, b] = [await world.variant(FAST), await world.variant(SMART)]
  expect(await world.codeOf(AB_TESTS.rollBack)).toBe('nothing_to_roll_back')
  await world.run(AB_TESTS.promote, { variantId: a.id })
  expect(await world.codeOf(AB_TESTS.rollBack)).toBe('nothing_to_roll_back')
  await world.run(AB_TESTS.promote, { variantId: b.id })
  const rolledBack = await world.run<ShownAbTest>(AB_TESTS.rollBack)
  const by = world.userId
  expect(rolledBack).toMatchObject({
    productionVariantId: a.id,
    productionVersion: 3,
    promotions: [
      { type: 'promotion', from: null, to: a.id, by },
      { type: 'promotion', from: a.id, to: b.id, by },
      { type: 'rollback', from: b.id, to: a.id, by },
    ],
  })
  expect(await world.codeOf(AB_TESTS.rollBack)).toBe('nothing_to_roll_back')
  expect(await settingsOf(world)).toMatchObject({ productionVariantId: a.id })
})

test('of promotions at one moment, decided on the same production variant, one stands and the others are refused', async () => {
  const world = await createAbTestWorld(harness)
  const variants = []
  for (const temperature of [0, 0.1, 0.2, 0.3, 0.4, 0.5]) {
    variants.push(await world.variant({ ...FAST, parameters: { temperature } }))
  }
  const codes = await Promise.all(
    variants.map(({ id }) => world.codeOf(AB_TESTS.promote, { variantId: id, productionVersion: 0 })),
  )
  expect(codes.filter((code) => code === null)).toHaveLength(1)
  expect(codes.filter((code) => code === 'promotion_conflict')).toHaveLength(5)
  const shown = await world.shown()
  expect(shown).toMatchObject({ productionVersion: 1, productionVariantId: variants[codes.indexOf(null)]?.id })
  expect(shown.promotions).toHaveLength(1)
  expect(await world.codeOf(AB_TESTS.rollBack, { productionVersion: 0 })).toBe('promotion_conflict')
})

test('weights are set whole or not at all, and each change of them has a version of its own', async () => {
  const world = await createAbTestWorld(harness)
  const [a, b] = [await world.variant(FAST), await world.variant(SMART)]
  const set = (input: object) => world.run<ShownAbTest>(AB_TESTS.allocate, { input })
  const half = weightsOf([a.id, 0.5], [b.id, 0.5])
  expect(await set(half)).toMatchObject({ weightsVersion: 1, allocation: { ...half, coverage: 1 } })
  expect(await set(half)).toMatchObject({ weightsVersion: 1 })
  const refused: [object, string][] = [
    [weightsOf([a.id, 0.5], [b.id, 0.4]), 'invalid_weights'],
    [weightsOf([a.id, 1.5], [b.id, -0.5]), 'invalid_weights'],
    [weightsOf([a.id, 0.5], [a.id, 0.5]), 'invalid_weights'],
    [weightsOf(), 'invalid_weights'],
    [{ ...half, coverage: 1.2 }, 'invalid_weights'],
    [{ ...half, coverage: 0.5 }, 'production_variant_required'],
    [weightsOf([a.id, 0.5], ['nobody', 0.5]), 'variant_not_found'],
  ]
  const before = await world.shown()
  for (const [input, code] of refused) {
    expect([input, await world.codeOf(AB_TESTS.allocate, { input })]).toEqual([input, code])
  }
  expect(await world.shown()).toEqual(before)
  // In the order that was there: another order would move units.
  const turned = await set(weightsOf([b.id, 0.9], [a.id, 0.1]))
  expect(turned).toMatchObject({ weightsVersion: 2, allocation: weightsOf([a.id, 0.1], [b.id, 0.9]) })
  await world.run(AB_TESTS.promote, { variantId: a.id })
  expect(await set({ type: 'production' })).toMatchObject({ weightsVersion: 3, allocation: { weights: [] } })
  expect(await settingsOf(world)).toMatchObject({ weightsVersion: 3, allocation: { type: 'production' } })
})

test('a worker sets weights with its reason, and keeps the coverage', async () => {
  const world = await createAbTestWorld(harness)
  const [a, b] = [await world.variant(FAST), await world.variant(SMART)]
  await world.run(AB_TESTS.promote, { variantId: a.id })
  await world.run(AB_TESTS.allocate, { input: { ...weightsOf([a.id, 0.5], [b.id, 0.5]), coverage: 0.2 } })
  const { workspaceId, abTestId } = world
  const weights = [
    { variantId: a.id, weight: 0.3 },
    { variantId: b.id, weight: 0.7 },
  ]
  await harness.controlPlane.modules.abTests.service.setWeights({ workspaceId, abTestId, weights, cause: 'top-two' })
  expect(await world.shown()).toMatchObject({
    weightsVersion: 2,
    allocation: { weights, coverage: 0.2 },
    allocationChanges: [
      { cause: world.userId, weightsVersion: 1 },
      { cause: 'top-two', weightsVersion: 2 },
    ],
  })
})

test('a variant that gets traffic cannot be archived; one that does not is gone from the snapshot, and comes back', async () => {
  const world = await createAbTestWorld(harness)
  const [a, b, c] = [await world.variant(FAST), await world.variant(SMART), await world.variant({ model: 'openai:x' })]
  await world.run(AB_TESTS.promote, { variantId: a.id })
  await world.run(AB_TESTS.allocate, { input: weightsOf([a.id, 0.5], [b.id, 0.5]) })
  for (const { id } of [a, b])
    expect(await world.codeOf(AB_TESTS.archiveVariant, { variantId: id })).toBe('variant_in_use')
  const first = await world.run(AB_TESTS.archiveVariant, { variantId: c.id })
  expect(await world.run(AB_TESTS.archiveVariant, { variantId: c.id })).toEqual(first)
  expect((await settingsOf(world))?.variants.map(({ id }) => id).toSorted()).toEqual([a.id, b.id].toSorted())
  expect(await world.codeOf(AB_TESTS.promote, { variantId: c.id })).toBe('variant_archived')
  expect(await world.variant({ model: 'openai:x', name: 'Again' })).toMatchObject({
    id: c.id,
    name: 'Again',
    archivedAt: null,
  })
  expect(await world.variants()).toHaveLength(3)
})

test('a variant archived while it is promoted is in the end either archived or production, never both', async () => {
  const world = await createAbTestWorld(harness)
  for (let round = 0; round < 10; round += 1) {
    const { id: variantId } = await world.variant({ ...FAST, parameters: { seed: round } })
    await Promise.all([
      world.codeOf(AB_TESTS.promote, { variantId }),
      world.codeOf(AB_TESTS.archiveVariant, { variantId }),
    ])
    const { productionVariantId } = await world.shown()
    const live = (await world.variants()).some(({ id }) => id === variantId)
    expect(live).toBe(productionVariantId === variantId)
  }
})

test('an archived test is not served and not changed; what it was stays readable', async () => {
  const world = await createAbTestWorld(harness)
  const { id: variantId } = await world.variant(FAST)
  const archived = await world.run<ShownAbTest>(AB_TESTS.archive)
  expect(archived.archivedAt).not.toBeNull()
  expect(await world.codeOf(AB_TESTS.archive)).toBeNull()
  expect(await world.codeOf(AB_TESTS.promote, { variantId })).toBe('ab_test_archived')
  expect(await world.codeOf(AB_TESTS.createVariant, { input: SMART })).toBe('ab_test_archived')
  expect(await world.codeOf(AB_TESTS.update, { input: { name: 'New' } })).toBe('ab_test_archived')
  expect(await settingsOf(world)).toBeUndefined()
  expect(await world.variants()).toMatchObject([{ id: variantId }])
  const listed = await world.run<{ nodes: object[] }>(AB_TESTS.list)
  const all = await world.run<{ nodes: object[] }>(AB_TESTS.list, { includeArchived: true })
  expect([listed.nodes.length, all.nodes.length]).toEqual([0, 1])
})

test('what a test is told stays until it is told otherwise', async () => {
  const world = await createAbTestWorld(harness)
  const input = { unitMetadataKey: 'tenant', captureRate: 0.25 }
  expect(await world.run(AB_TESTS.update, { input })).toMatchObject({ name: 'Test', ...input, evaluationRate: 0 })
  expect(await world.run(AB_TESTS.update, { input: { unitMetadataKey: null, captureRate: null } })).toMatchObject({
    unitMetadataKey: null,
    captureRate: 0.25,
  })
  expect(await world.codeOf(AB_TESTS.update, { input: { captureRate: 2 } })).toBe('invalid_input')
  expect(await settingsOf(world)).toMatchObject({ captureRate: 0.25, unitMetadataKey: null })
})

test('variants come in pages, newest first, without gaps or repeats', async () => {
  const world = await createAbTestWorld(harness)
  const made: string[] = []
  for (const seed of [1, 2, 3, 4, 5]) made.push((await world.variant({ ...FAST, parameters: { seed } })).id)
  const seen: string[] = []
  let after: string | undefined
  for (const more of [true, true, false]) {
    const page = await world.run<{ nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } }>(
      AB_TESTS.variants,
      { first: 2, after },
    )
    expect(page.pageInfo.hasNextPage).toBe(more)
    seen.push(...page.nodes.map(({ id }) => id))
    after = page.pageInfo.endCursor
  }
  expect(seen.toSorted()).toEqual(made.toSorted())
})

test('a viewer reads, a developer changes, and nobody those of another workspace', async () => {
  const world = await createAbTestWorld(harness)
  const { workspaceId, abTestId } = world
  const viewer = await harness.member(workspaceId, 'viewer')
  expect(await viewer.client.codeOf(AB_TESTS.get, { workspaceId, abTestId })).toBeNull()
  const changes: [string, object][] = [
    [AB_TESTS.create, { input: { name: 'x' } }],
    [AB_TESTS.update, { input: {} }],
    [AB_TESTS.archive, {}],
    [AB_TESTS.createVariant, { input: FAST }],
    [AB_TESTS.archiveVariant, { variantId: 'x' }],
    [AB_TESTS.promote, { variantId: 'x' }],
    [AB_TESTS.rollBack, {}],
    [AB_TESTS.allocate, { input: { type: 'production' } }],
  ]
  for (const [query, variables] of changes) {
    // A query may only have the variables that it names.
    expect(await viewer.client.codeOf(query, { workspaceId, abTestId, ...variables })).toBe('forbidden')
  }
  const elsewhere = await createAbTestWorld(harness)
  expect(await elsewhere.codeOf(AB_TESTS.get, { abTestId })).toBe('ab_test_not_found')
  expect(await elsewhere.codeOf(AB_TESTS.createVariant, { abTestId, input: FAST })).toBe('ab_test_not_found')
})
