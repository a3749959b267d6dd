import { afterAll, beforeAll, expect, test } from 'vitest'
import { GATEWAYS } from '../../shared/llm/gateways.ts'
import { NO_ROUTING_DEFAULTS } from '../../shared/llm/routing-defaults.ts'
import { OBJECTIVES, PROVIDER_SORTS, SERVICES } from '../../shared/llm/routing-vocabulary.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane()
})
afterAll(() => harness.close())

const ROUTING = `routing {
  objective service fallbacks learnFromScores
  provider { only ignore sort dataCollection zeroRetention maxPrice { inputUsdPerMillion outputUsdPerMillion } }
}`
const UPDATE = `mutation ($workspaceId: ID!, $input: WorkspaceRoutingInput!) {
  updateWorkspaceRouting(workspaceId: $workspaceId, input: $input) { settings { ${ROUTING} } }
}`
const READ = `query ($workspaceId: ID!) { workspace(id: $workspaceId) { settings { ${ROUTING} } } }`

interface Read {
  readonly workspace: { readonly settings: { readonly routing: object } }
}

const NOTHING_SAID = {
  objective: null,
  service: null,
  fallbacks: [],
  learnFromScores: true,
  provider: {
    only: null,
    ignore: [],
    sort: null,
    dataCollection: 'allow',
    zeroRetention: false,
    maxPrice: { inputUsdPerMillion: null, outputUsdPerMillion: null },
  },
}

const EVERYTHING = {
  objective: 'lowest-cost',
  service: 'agent',
  fallbacks: ['openai/gpt-4o', 'auto'],
  learnFromScores: false,
  provider: {
    only: ['openai', 'bedrock'],
    ignore: ['openrouter'],
    sort: 'latency',
    dataCollection: 'deny',
    zeroRetention: true,
    maxPrice: { inputUsdPerMillion: 0.25, outputUsdPerMillion: 10 },
  },
}

test('a new workspace leaves everything to its requests, and a viewer reads so', async () => {
  const { id: workspaceId } = await harness.workspace()
  const viewer = await harness.member(workspaceId, 'viewer')
  const { workspace } = await viewer.client.run<Read>(READ, { workspaceId })
  expect(workspace.settings.routing).toEqual(NOTHING_SAID)
})

test('what is set is read again, and goes into the snapshot in units of the data plane', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const updated = await owner.client.run(UPDATE, { workspaceId, input: EVERYTHING })
  expect(updated).toEqual({ updateWorkspaceRouting: { settings: { routing: EVERYTHING } } })
  const { workspace } = await owner.client.run<Read>(READ, { workspaceId })
  expect(workspace.settings.routing).toEqual(EVERYTHING)
  expect(await harness.controlPlane.modules.workspaces.readModel.snapshotSettings(workspaceId)).toMatchObject({
    routing: {
      objective: 'lowest-cost',
      service: 'agent',
      fallbacks: ['openai/gpt-4o', 'auto'],
      provider: {
        only: ['openai', 'bedrock'],
        ignore: ['openrouter'],
        sort: 'latency',
        denyDataCollection: true,
        zeroRetention: true,
        maxInputRate: 250_000_000,
        maxOutputRate: 10_000_000_000,
      },
      learnFromScores: false,
    },
  })
})

test('what is left out stays, and null takes one thing back', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const update = (input: object) => owner.client.run(UPDATE, { workspaceId, input })
  await update(EVERYTHING)
  const changed = await update({
    objective: null,
    provider: { sort: null, only: [], maxPrice: { outputUsdPerMillion: null } },
  })
  expect(changed).toEqual({
    updateWorkspaceRouting: {
      settings: {
        routing: {
          ...EVERYTHING,
          objective: null,
          provider: {
            ...EVERYTHING.provider,
            sort: null,
            only: null,
            maxPrice: { inputUsdPerMillion: 0.25, outputUsdPerMillion: null },
          },
        },
      },
    },
  })
  await update({ service: null, fallbacks: null, provider: null, learnFromScores: null })
  const settings = await harness.controlPlane.modules.workspaces.readModel.snapshotSettings(workspaceId)
  expect(settings?.routing).toEqual(NO_ROUTING_DEFAULTS)
})

test('two changes of two things at one moment are both kept', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const update = (input: object) => owner.client.run(UPDATE, { workspaceId, input })
  await Promise.all([update({ objective: 'lowest-cost' }), update({ provider: { zeroRetention: true } })])
  const settings = await harness.controlPlane.modules.workspaces.readModel.snapshotSettings(workspaceId)
  expect(settings?.routing).toMatchObject({ objective: 'lowest-cost', provider: { zeroRetention: true } })
})

const SOON = { timeout: 10_000 }

test('a change is in the snapshot that data planes are served', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  await harness.startWorkers()
  await owner.client.run(UPDATE, { workspaceId, input: { objective: 'highest-quality' } })
  await expect
    .poll(async () => (await harness.controlPlane.modules.snapshots.readModel.find(workspaceId)).content, SOON)
    .toMatchObject({ settings: { routing: { objective: 'highest-quality' } } })
})

test.each([
  ['objective', { objective: 'best' }, OBJECTIVES],
  ['service', { service: 'premium' }, SERVICES],
  ['provider.sort', { provider: { sort: 'cost' } }, PROVIDER_SORTS],
  ['provider.only', { provider: { only: ['openai', 'nobody'] } }, GATEWAYS],
  ['provider.ignore', { provider: { ignore: ['nobody'] } }, GATEWAYS],
  ['provider.dataCollection', { provider: { dataCollection: 'maybe' } }, ['allow', 'deny']],
  ['provider.maxPrice.inputUsdPerMillion', { provider: { maxPrice: { inputUsdPerMillion: -1 } } }, ['0']],
  ['fallbacks', { fallbacks: [''] }, ['1', '200']],
])('a wrong %s is refused with its name and what it may be, and changes nothing', async (field, wrong, allowed) => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { errors } = await owner.client.ask(UPDATE, { workspaceId, input: wrong })
  expect(errors[0]?.extensions).toMatchObject({ code: 'invalid_input', field })
  expect(errors[0]?.message).toContain(`${field} must `)
  for (const word of allowed) expect(errors[0]?.message).toContain(word)
  const settings = await harness.controlPlane.modules.workspaces.readModel.snapshotSettings(workspaceId)
  expect(settings?.routing).toEqual(NO_ROUTING_DEFAULTS)
})

test('defaults are an admin’s to set, and a viewer’s and a developer’s to read', async () => {
  const { id: workspaceId } = await harness.workspace()
  for (const [role, code] of [
    ['viewer', 'forbidden'],
    ['developer', 'forbidden'],
    ['admin', null],
  ] as const) {
    const { client } = await harness.member(workspaceId, role)
    expect([role, await client.codeOf(UPDATE, { workspaceId, input: { service: 'saver' } })]).toEqual([role, code])
    expect(await client.codeOf(READ, { workspaceId })).toBeNull()
  }
  const stranger = await harness.user()
  expect(await stranger.client.codeOf(UPDATE, { workspaceId, input: {} })).toBe('workspace_not_found')
})
