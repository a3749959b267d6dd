import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEFAULT_WORKSPACE_LIMITS } from '../../shared/limits/limit-settings.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane()
})
afterAll(() => harness.close())

const LIMITS = 'limits { requestsPerMinute tokensPerMinute concurrency whenRedisIsAway }'
const UPDATE = `mutation ($workspaceId: ID!, $input: WorkspaceLimitsInput!) {
  updateWorkspaceLimits(workspaceId: $workspaceId, input: $input) { settings { ${LIMITS} } }
}`
const READ = `query ($workspaceId: ID!) { workspace(id: $workspaceId) { settings { ${LIMITS} } } }`
const KEY_LIMITS = 'limits { requestsPerMinute tokensPerMinute concurrency }'
const CREATE_KEY = `mutation ($workspaceId: ID!, $input: CreateKeyInput!) {
  createKey(workspaceId: $workspaceId, input: $input) { key { id ${KEY_LIMITS} } }
}`
const UPDATE_KEY = `mutation ($workspaceId: ID!, $id: ID!, $input: KeyLimitsInput!) {
  updateKeyLimits(workspaceId: $workspaceId, id: $id, input: $input) { id ${KEY_LIMITS} }
}`
const READ_KEYS = `query ($workspaceId: ID!) { keys(workspaceId: $workspaceId) { id ${KEY_LIMITS} } }`

interface CreatedKey {
  readonly createKey: { readonly key: { readonly id: string; readonly limits: object } }
}

const NO_LIMITS = { requestsPerMinute: null, tokensPerMinute: null, concurrency: null }
const modules = () => harness.controlPlane.modules

test('a new workspace has the default limits, and a viewer reads them', async () => {
  const { id: workspaceId } = await harness.workspace()
  const viewer = await harness.member(workspaceId, 'viewer')
  expect(await viewer.client.run(READ, { workspaceId })).toEqual({
    workspace: { settings: { limits: DEFAULT_WORKSPACE_LIMITS } },
  })
})

test('limits that are set are read again and go into the snapshot; what is left out stays, null is the default', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const update = (input: object) => owner.client.run(UPDATE, { workspaceId, input })
  const limits = { requestsPerMinute: 600, tokensPerMinute: 100_000, concurrency: 8, whenRedisIsAway: 'closed' }
  expect(await update(limits)).toEqual({ updateWorkspaceLimits: { settings: { limits } } })
  await update({ concurrency: 9 })
  expect((await modules().workspaces.readModel.snapshotSettings(workspaceId))?.limits).toEqual({
    ...limits,
    concurrency: 9,
  })
  await update({ requestsPerMinute: null, tokensPerMinute: null, concurrency: null, whenRedisIsAway: null })
  expect((await modules().workspaces.readModel.snapshotSettings(workspaceId))?.limits).toEqual(DEFAULT_WORKSPACE_LIMITS)
})

test('two changes of two limits at one moment are both kept', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const update = (input: object) => owner.client.run(UPDATE, { workspaceId, input })
  await Promise.all([update({ requestsPerMinute: 5 }), update({ concurrency: 6 })])
  expect((await modules().workspaces.readModel.snapshotSettings(workspaceId))?.limits).toMatchObject({
    requestsPerMinute: 5,
    concurrency: 6,
  })
})

test('a key is made with limits, which change one by one and go into the snapshot', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const input = { name: 'limited', limits: { requestsPerMinute: 10 } }
  const { createKey } = await owner.client.run<CreatedKey>(CREATE_KEY, { workspaceId, input })
  expect(createKey.key.limits).toEqual({ ...NO_LIMITS, requestsPerMinute: 10 })
  const { id } = createKey.key
  await owner.client.run(UPDATE_KEY, { workspaceId, id, input: { tokensPerMinute: 500 } })
  const limits = { ...NO_LIMITS, requestsPerMinute: 10, tokensPerMinute: 500 }
  expect(await owner.client.run(READ_KEYS, { workspaceId })).toEqual({ keys: [{ id, limits }] })
  expect(await modules().keys.readModel.forSnapshot(workspaceId)).toMatchObject([{ id, limits }])
})

test('a key without limits of its own has none in the snapshot', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { createKey } = await owner.client.run<CreatedKey>(CREATE_KEY, { workspaceId, input: { name: 'free' } })
  expect(createKey.key.limits).toEqual(NO_LIMITS)
  const { id } = createKey.key
  expect(await modules().keys.readModel.forSnapshot(workspaceId)).toMatchObject([{ id, limits: null }])
  await owner.client.run(UPDATE_KEY, { workspaceId, id, input: { concurrency: 1 } })
  await owner.client.run(UPDATE_KEY, { workspaceId, id, input: { concurrency: null } })
  expect(await modules().keys.readModel.forSnapshot(workspaceId)).toMatchObject([{ id, limits: null }])
})

const SOON = { timeout: 10_000 }

test('changed limits are in the snapshot that data planes are served', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  await harness.startWorkers()
  const { createKey } = await owner.client.run<CreatedKey>(CREATE_KEY, { workspaceId, input: { name: 'k' } })
  await owner.client.run(UPDATE, { workspaceId, input: { requestsPerMinute: 77 } })
  await owner.client.run(UPDATE_KEY, { workspaceId, id: createKey.key.id, input: { concurrency: 3 } })
  await expect
    .poll(async () => (await modules().snapshots.readModel.find(workspaceId)).content, SOON)
    .toMatchObject({
      settings: { limits: { requestsPerMinute: 77 } },
      keys: expect.arrayContaining([expect.objectContaining({ limits: expect.objectContaining({ concurrency: 3 }) })]),
    })
})

test.each(['requestsPerMinute', 'tokensPerMinute', 'concurrency'])(
  'a wrong %s is refused with its name, of a workspace and of a key',
  async (field) => {
    const { id: workspaceId, owner } = await harness.workspace()
    for (const wrong of [0, -1, 2_000_000_000]) {
      const ofWorkspace = await owner.client.ask(UPDATE, { workspaceId, input: { [field]: wrong } })
      expect(ofWorkspace.errors[0]?.extensions).toMatchObject({ code: 'invalid_input', field })
      const input = { name: 'x', limits: { [field]: wrong } }
      const ofKey = await owner.client.ask(CREATE_KEY, { workspaceId, input })
      expect(ofKey.errors[0]?.extensions).toMatchObject({ code: 'invalid_input', field: `limits.${field}` })
    }
  },
)

test('limits of a workspace are an admin’s to set, those of a key a developer’s, and of strangers nobody’s', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { createKey } = await owner.client.run<CreatedKey>(CREATE_KEY, { workspaceId, input: { name: 'k' } })
  const variables = { workspaceId, id: createKey.key.id, input: { concurrency: 5 } }
  for (const [role, ofWorkspace, ofKey] of [
    ['viewer', 'forbidden', 'forbidden'],
    ['developer', 'forbidden', null],
    ['admin', null, null],
  ] as const) {
    const { client } = await harness.member(workspaceId, role)
    expect([role, await client.codeOf(UPDATE, variables)]).toEqual([role, ofWorkspace])
    expect([role, await client.codeOf(UPDATE_KEY, variables)]).toEqual([role, ofKey])
  }
  const theirs = await harness.workspace()
  expect(await theirs.owner.client.codeOf(UPDATE, variables)).toBe('workspace_not_found')
  expect(await theirs.owner.client.codeOf(UPDATE_KEY, { ...variables, workspaceId: theirs.id })).toBe('key_not_found')
})
