import { afterAll, beforeAll, expect, test } from 'vitest'
import { AB_TESTS, createAbTestWorld, type AbTestWorld } from '../helpers/ab-test-world.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane()
})
afterAll(() => harness.close())

const ROUTER = `id name type rules { id name enabled condition target { abTestId model } } defaultTarget { abTestId model }
  steps { abTestId model } capture { benchmarkId rate }`
const CREATE = `mutation ($workspaceId: ID!, $input: CreateRouterInput!) {
  createRouter(workspaceId: $workspaceId, input: $input) { ${ROUTER} } }`
const UPDATE = `mutation ($workspaceId: ID!, $routerId: ID!, $input: UpdateRouterInput!) {
  updateRouter(workspaceId: $workspaceId, routerId: $routerId, input: $input) { ${ROUTER} } }`
const DELETE = `mutation ($workspaceId: ID!, $routerId: ID!) { deleteRouter(workspaceId: $workspaceId, routerId: $routerId) }`
const GET = `query ($workspaceId: ID!, $routerId: ID!) { router(workspaceId: $workspaceId, routerId: $routerId) { ${ROUTER} } }`
const LIST = `query ($workspaceId: ID!) { routers(workspaceId: $workspaceId) { nodes { id name } } }`
const PREVIEW = `query ($workspaceId: ID!, $routerId: ID!, $request: JSON!) {
  previewRouter(workspaceId: $workspaceId, routerId: $routerId, request: $request) {
    ruleId targets { abTestId model } rules { ruleId name outcome reasons { path expected holds found sentence } } } }`

interface ShownRouter {
  readonly id: string
  readonly name: string
  readonly rules: readonly { readonly id: string }[]
}

const SIM = { model: 'simulator:sim-fast' }
const PREMIUM = { type: 'metadata-equals', path: 'user_tier', value: 'premium' }
const CODE = { type: 'message-contains', target: 'last-user', text: 'code' }

function filter(...conditions: unknown[]) {
  const rules = conditions.map((condition, place) => ({ name: `Rule ${place}`, condition, target: SIM }))
  return { type: 'filter', rules, defaultTarget: SIM }
}

function sequence(...abTestIds: string[]) {
  return { type: 'sequential', steps: abTestIds.map((abTestId) => ({ abTestId })) }
}

function create(world: AbTestWorld, routing: object, more: object = {}): Promise<ShownRouter> {
  return world.run<ShownRouter>(CREATE, { input: { name: 'Router', routing, ...more } })
}

async function published({ workspaceId }: AbTestWorld): Promise<readonly object[]> {
  return harness.controlPlane.modules.routers.readModel.forSnapshot(workspaceId)
}

test('a router is kept as it was written, its rules in order, and data planes are told of it', async () => {
  const world = await createAbTestWorld(harness)
  const capture = { benchmarkId: 'b', rate: 0.5 }
  const router = await create(world, filter(PREMIUM, CODE), { capture })
  expect(router).toMatchObject({
    type: 'filter',
    capture,
    rules: [
      { name: 'Rule 0', enabled: true, condition: PREMIUM, target: { abTestId: null, ...SIM } },
      { name: 'Rule 1', condition: CODE },
    ],
    defaultTarget: SIM,
    steps: [],
  })
  expect(await world.run(GET, { routerId: router.id })).toEqual(router)
  expect(await published(world)).toMatchObject([
    { id: router.id, type: 'filter', capture, rules: [{ target: { type: 'model', ...SIM } }, {}] },
  ])
  const [first, second] = router.rules
  const turned = { ...filter(CODE, PREMIUM) }
  const rules = turned.rules.map((rule, place) => ({ ...rule, id: [second, first][place]?.id }))
  const updated = await world.run<ShownRouter>(UPDATE, {
    routerId: router.id,
    input: { name: 'New', routing: { ...turned, rules }, capture: null },
  })
  expect(updated).toMatchObject({ name: 'New', capture: null })
  expect(updated.rules.map(({ id }) => id)).toEqual([second?.id, first?.id])
})

test('a rule that cannot compile is refused with its place, and nothing is saved', async () => {
  const world = await createAbTestWorld(harness)
  const regex = { type: 'message-regex', target: 'any', pattern: '(a' }
  const refused: [object, string, string | undefined][] = [
    [
      filter(PREMIUM, CODE, { type: 'any', conditions: [regex] }),
      'invalid_condition',
      'rules.2.condition.conditions.0.pattern',
    ],
    [
      filter({ type: 'message-regex', target: 'any', pattern: '(?=a)' }),
      'invalid_condition',
      'rules.0.condition.pattern',
    ],
    [filter({ type: 'has-ears' }), 'invalid_condition', 'rules.0.condition.type'],
    [filter({ ...PREMIUM, more: 1 }), 'invalid_condition', 'rules.0.condition'],
    [filter(null), 'invalid_input', undefined],
    [{ ...filter(PREMIUM), defaultTarget: {} }, 'invalid_router', 'defaultTarget'],
    [{ ...filter(PREMIUM), defaultTarget: { model: 'nobody:x' } }, 'invalid_router', 'defaultTarget.model'],
    [{ ...filter(PREMIUM), defaultTarget: { abTestId: 'x' } }, 'target_not_found', 'defaultTarget'],
    [{ ...filter(PREMIUM), steps: [SIM] }, 'invalid_router', 'steps'],
    [{ type: 'sequential', steps: [] }, 'invalid_router', 'steps'],
    [{ type: 'sequential', steps: [SIM], rules: filter(PREMIUM).rules }, 'invalid_router', 'rules'],
  ]
  for (const [routing, code, field] of refused) {
    const { errors } = await world.client.ask(CREATE, {
      workspaceId: world.workspaceId,
      input: { name: 'Router', routing },
    })
    const { extensions } = errors[0] ?? {}
    expect([routing, extensions?.code, extensions?.field]).toEqual([routing, code, field])
  }
  expect(await published(world)).toEqual([])

  const { id: routerId } = await create(world, filter(PREMIUM))
  const before = await world.run(GET, { routerId })
  expect(await world.codeOf(UPDATE, { routerId, input: { name: 'New', routing: filter(regex) } })).toBe(
    'invalid_condition',
  )
  expect(await world.run(GET, { routerId })).toEqual(before)
})

test('what a router sends requests to stays: neither its A/B test is archived, nor a router that is a variant deleted', async () => {
  const world = await createAbTestWorld(harness)
  const target = await createAbTestWorld(harness, world)
  const router = await create(world, sequence(target.abTestId))
  expect(await target.codeOf(AB_TESTS.archive)).toBe('ab_test_in_use')
  expect(await target.shown()).toMatchObject({ archivedAt: null })
  const variant = await world.variant({ routerId: router.id })
  expect(variant).toMatchObject({ type: 'router', routerId: router.id, model: null })
  expect(await world.codeOf(DELETE, { routerId: router.id })).toBe('router_in_use')
  expect(await published(world)).toHaveLength(1)

  await world.run(AB_TESTS.archiveVariant, { variantId: variant.id })
  expect(await world.run(DELETE, { routerId: router.id })).toBe(true)
  expect(await world.run(DELETE, { routerId: router.id })).toBe(true)
  expect(await world.codeOf(GET, { routerId: router.id })).toBe('router_not_found')
  expect(await target.codeOf(AB_TESTS.archive)).toBeNull()
  expect(await world.codeOf(CREATE, { input: { name: 'x', routing: sequence(target.abTestId) } })).toBe(
    'target_not_found',
  )
})

test('a router that only an archived A/B test had as a variant can be deleted', async () => {
  const world = await createAbTestWorld(harness)
  const { id: routerId } = await create(world, filter(PREMIUM))
  await world.variant({ routerId })
  expect(await world.codeOf(DELETE, { routerId })).toBe('router_in_use')
  await world.run(AB_TESTS.archive)
  expect(await world.codeOf(DELETE, { routerId })).toBeNull()
})

test('a circle of routers and A/B tests is refused from either side', async () => {
  const first = await createAbTestWorld(harness)
  const second = await createAbTestWorld(harness, first)
  const toFirst = await create(first, sequence(first.abTestId))
  expect(await first.codeOf(AB_TESTS.createVariant, { input: { routerId: toFirst.id } })).toBe('routing_cycle')
  // first → toSecond → second → toFirst → first
  const toSecond = await create(first, sequence(second.abTestId))
  await second.variant({ routerId: toFirst.id })
  expect(await first.codeOf(AB_TESTS.createVariant, { input: { routerId: toSecond.id } })).toBe('routing_cycle')
  const other = await create(first, filter(PREMIUM))
  await first.variant({ routerId: other.id })
  const { errors } = await first.client.ask(UPDATE, {
    workspaceId: first.workspaceId,
    routerId: other.id,
    input: { routing: { ...filter(PREMIUM), defaultTarget: { abTestId: second.abTestId } } },
  })
  expect(errors[0]?.extensions).toMatchObject({ code: 'routing_cycle', field: 'defaultTarget' })
  expect(await first.run(GET, { routerId: other.id })).toMatchObject({ defaultTarget: SIM })
  expect(await first.variants()).toHaveLength(1)
})

test('two changes at one moment that would make a circle only together never both stand', async () => {
  for (let round = 0; round < 8; round += 1) {
    const world = await createAbTestWorld(harness)
    const { id: routerId } = await create(world, filter(PREMIUM))
    await Promise.all([
      world.codeOf(AB_TESTS.createVariant, { input: { routerId } }),
      world.codeOf(UPDATE, { routerId, input: { routing: sequence(world.abTestId) } }),
    ])
    const hasVariant = (await world.variants()).length > 0
    const { type } = await world.run<{ type: string }>(GET, { routerId })
    expect(hasVariant && type === 'sequential').toBe(false)
  }
})

test('a preview says which rule matches, why those before it do not, and where the request goes', async () => {
  const world = await createAbTestWorld(harness)
  const premium = { name: 'Premium', condition: PREMIUM, target: { abTestId: world.abTestId } }
  const off = { name: 'Off', enabled: false, condition: CODE, target: SIM }
  const code = { name: 'Code', condition: CODE, target: { model: 'simulator:sim-smart' } }
  const routing = { type: 'filter', rules: [premium, off, code, { ...code, name: 'Never' }], defaultTarget: SIM }
  const { id: routerId, rules } = await create(world, routing)
  const messages = [{ role: 'user', content: 'Write code.' }]
  const preview = (request: unknown) => world.run<{ ruleId: string }>(PREVIEW, { routerId, request })

  const seen = await preview({ messages, metadata: { user_tier: 'free' } })
  expect(seen).toMatchObject({
    ruleId: rules[2]?.id,
    targets: [{ abTestId: null, model: 'simulator:sim-smart' }],
    rules: [
      { name: 'Premium', outcome: 'does-not-match', reasons: [{ path: 'rules.0.condition', holds: false }] },
      { name: 'Off', outcome: 'disabled', reasons: [] },
      { name: 'Code', outcome: 'matches', reasons: [{ holds: true }] },
      { name: 'Never', outcome: 'not-reached', reasons: [] },
    ],
  })
  expect(await preview({ messages, metadata: { user_tier: 'premium' } })).toMatchObject({
    ruleId: rules[0]?.id,
    targets: [{ abTestId: world.abTestId, model: null }],
  })
  expect(await preview({})).toMatchObject({ ruleId: null, targets: [SIM] })
  expect(await preview({ messages: 7, metadata: [null], tools: 'x' })).toMatchObject({ ruleId: null })
  expect(await world.codeOf(PREVIEW, { routerId, request: 'text' })).toBe('invalid_request')
  expect(await world.codeOf(PREVIEW, { routerId: 'nobody', request: {} })).toBe('router_not_found')
  const { id: inTurn } = await create(world, { type: 'sequential', steps: [SIM, { abTestId: world.abTestId }] })
  expect(await world.run(PREVIEW, { routerId: inTurn, request: {} })).toMatchObject({
    ruleId: null,
    targets: [SIM, { abTestId: world.abTestId }],
    rules: [],
  })
})

test('a viewer reads, a developer changes, and nobody those of another workspace', async () => {
  const world = await createAbTestWorld(harness)
  const { id: routerId } = await create(world, filter(PREMIUM))
  const { workspaceId } = world
  const viewer = await harness.member(workspaceId, 'viewer')
  const input = { name: 'x', routing: filter(PREMIUM) }
  expect(await viewer.client.codeOf(LIST, { workspaceId })).toBeNull()
  expect(await viewer.client.codeOf(PREVIEW, { workspaceId, routerId, request: {} })).toBeNull()
  expect(await viewer.client.codeOf(CREATE, { workspaceId, input })).toBe('forbidden')
  expect(await viewer.client.codeOf(UPDATE, { workspaceId, routerId, input })).toBe('forbidden')
  expect(await viewer.client.codeOf(DELETE, { workspaceId, routerId })).toBe('forbidden')
  const elsewhere = await createAbTestWorld(harness)
  for (const query of [GET, DELETE]) expect(await elsewhere.codeOf(query, { routerId })).toBe('router_not_found')
  expect(await elsewhere.codeOf(AB_TESTS.createVariant, { input: { routerId } })).toBe('router_not_found')
  const theirs = { input: { name: 'x', routing: sequence(world.abTestId) } }
  expect(await elsewhere.codeOf(CREATE, theirs)).toBe('target_not_found')
})
