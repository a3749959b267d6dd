import { afterAll, beforeAll, expect, test } from 'vitest'
import { isWellFormedApiKey } from '../../shared/secrets/api-key.ts'
import { hashKey } from '../../shared/secrets/hash-key.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'

let harness: ControlPlaneHarness

beforeAll(async () => {
  harness = await startControlPlane()
})
afterAll(() => harness.close())

const CREATE = `mutation ($workspaceId: ID!, $input: CreateKeyInput!) {
  createKey(workspaceId: $workspaceId, input: $input) { secret key { id name lastFour allowedModels expiresAt revokedAt } }
}`
const REVOKE = `mutation ($workspaceId: ID!, $id: ID!) { revokeKey(workspaceId: $workspaceId, id: $id) { id revokedAt } }`
const LIST = `query ($workspaceId: ID!) { keys(workspaceId: $workspaceId) { id name lastFour revokedAt } }`

interface Created {
  readonly createKey: { readonly secret: string; readonly key: { readonly id: string; readonly lastFour: string } }
}

test('a new key is shown once, and only its hash is kept', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { createKey } = await owner.client.run<Created>(CREATE, { workspaceId, input: { name: 'first' } })
  expect(isWellFormedApiKey(createKey.secret, 'nr-')).toBe(true)
  expect(createKey.key.lastFour).toBe(createKey.secret.slice(-4))

  const listed = await owner.client.run<{ keys: object[] }>(LIST, { workspaceId })
  expect(JSON.stringify(listed)).not.toContain(createKey.secret)
  const [stored] = await harness.controlPlane.modules.keys.readModel.list(workspaceId)
  expect(JSON.stringify(stored)).not.toContain(createKey.secret)
  expect(stored?.hash).toBe(hashKey(createKey.secret))
})

test('a revoked key leaves the snapshot and stays in the list', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { createKey } = await owner.client.run<Created>(CREATE, { workspaceId, input: { name: 'gone' } })
  await owner.client.run(REVOKE, { workspaceId, id: createKey.key.id })
  const { keys } = await owner.client.run<{ keys: { revokedAt: string | null }[] }>(LIST, { workspaceId })
  expect(keys.map((key) => key.revokedAt === null)).toEqual([false])
  expect(await harness.controlPlane.modules.keys.readModel.forSnapshot(workspaceId)).toEqual([])
})

test('revoking a key twice keeps the first time', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { createKey } = await owner.client.run<Created>(CREATE, { workspaceId, input: { name: 'twice' } })
  const first = await owner.client.run(REVOKE, { workspaceId, id: createKey.key.id })
  harness.clock.advance(5_000)
  expect(await owner.client.run(REVOKE, { workspaceId, id: createKey.key.id })).toEqual(first)
})

test('an expired key stays in the snapshot with its expiry, so that its caller is told so', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const expiresAt = new Date(harness.clock.now() + 1_000)
  await owner.client.run(CREATE, { workspaceId, input: { name: 'short', expiresAt } })
  harness.clock.advance(60_000)
  const [key] = await harness.controlPlane.modules.keys.readModel.forSnapshot(workspaceId)
  expect(key?.expiresAt).toBe(expiresAt.getTime())
})

test('a key that would be expired from the start is refused, naming the field', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const input = { name: 'late', expiresAt: new Date(harness.clock.now() - 1_000) }
  const { errors } = await owner.client.ask(CREATE, { workspaceId, input })
  expect(errors[0]?.extensions).toEqual({ code: 'expiry_in_the_past', field: 'expiresAt' })
})

test('a surface that does not exist is refused, naming the field', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { errors } = await owner.client.ask(CREATE, { workspaceId, input: { name: 'x', allowedSurfaces: ['fax'] } })
  expect(errors[0]?.extensions).toEqual({ code: 'invalid_input', field: 'allowedSurfaces' })
})

test('a key of another workspace cannot be revoked', async () => {
  const theirs = await harness.workspace()
  const { createKey } = await theirs.owner.client.run<Created>(CREATE, {
    workspaceId: theirs.id,
    input: { name: 'theirs' },
  })
  const mine = await harness.workspace()
  const variables = { workspaceId: mine.id, id: createKey.key.id }
  expect(await mine.owner.client.codeOf(REVOKE, variables)).toBe('key_not_found')
  expect(await harness.controlPlane.modules.keys.readModel.forSnapshot(theirs.id)).toHaveLength(1)
})
