import { afterAll, beforeAll, expect, test } from 'vitest'
import { unseal } from '../../shared/secrets/seal.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane()
})
afterAll(() => harness.close())

const CREATE = `mutation ($workspaceId: ID!, $input: CreateCredentialInput!) {
  createCredential(workspaceId: $workspaceId, input: $input) { id gateway lastFour baseUrl workspaceId }
}`
const DELETE = 'mutation ($workspaceId: ID!, $id: ID!) { deleteCredential(workspaceId: $workspaceId, id: $id) }'
const SECRET = 'sk-proj-abcdefghijklmnop1234'

interface Created {
  readonly createCredential: { readonly id: string }
}

test('a secret goes in sealed for its credential and never comes out, but for its last four characters', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const input = { name: 'OpenAI', gateway: 'openai', secret: ` ${SECRET}\n` }
  const made = await owner.client.run<Created>(CREATE, { workspaceId, input })
  const { id } = made.createCredential
  expect(made).toEqual({ createCredential: { id, gateway: 'openai', lastFour: '1234', baseUrl: null, workspaceId } })

  const [credential] = await harness.controlPlane.modules.credentials.readModel.forSnapshot(workspaceId)
  expect(credential?.sealedSecret).not.toContain('abcdefgh')
  const { masterKey } = harness.controlPlane.environment
  expect(unseal(credential?.sealedSecret ?? '', id, masterKey)).toBe(SECRET)
  expect(() => unseal(credential?.sealedSecret ?? '', 'another-id', masterKey)).toThrow(/authenticate/)
})

test.each([
  ['sk-...abcd', 'masked_secret'],
  ['sk-proj-****abcd', 'masked_secret'],
  ['••••••abcd', 'masked_secret'],
  ['sk-…abcd', 'masked_secret'],
  ['', 'invalid_secret'],
  ['sk-with a space', 'invalid_secret'],
  ['sk-with\r\nx-header: 1', 'invalid_secret'],
])('%j is no secret', async (secret, code) => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { errors } = await owner.client.ask(CREATE, { workspaceId, input: { name: 'x', gateway: 'openai', secret } })
  expect(errors[0]?.extensions).toEqual({ code, field: 'secret' })
})

test.each([
  'http://llm.example.com/v1',
  'https://127.0.0.1/v1',
  'https://[::1]/v1',
  'https://[::ffff:10.0.0.1]/v1',
  'https://169.254.169.254/latest',
  'https://10.1.2.3/v1',
  'https://user:pass@llm.example.com/v1',
  'https://llm.example.com/v1?x=1',
  'file:///etc/passwd',
  'nonsense',
])('%s is refused as a base URL', async (baseUrl) => {
  const { id: workspaceId, owner } = await harness.workspace()
  const input = { name: 'x', gateway: 'custom', secret: SECRET, baseUrl }
  const { errors } = await owner.client.ask(CREATE, { workspaceId, input })
  expect(errors[0]?.extensions).toEqual({ code: 'invalid_base_url', field: 'baseUrl' })
})

test('a gateway without an address of its own needs a base URL, and a hosted one a secret', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const custom = { name: 'x', gateway: 'custom', secret: SECRET }
  expect(await owner.client.codeOf(CREATE, { workspaceId, input: custom })).toBe('invalid_base_url')
  expect(await owner.client.codeOf(CREATE, { workspaceId, input: { name: 'x', gateway: 'openai' } })).toBe(
    'invalid_secret',
  )
})

test('a credential that a model of the workspace needs is not deleted before the model', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  await owner.client.run(
    `mutation ($workspaceId: ID!) {
      createModel(workspaceId: $workspaceId, input: { id: "own", baseUrl: "https://llm.example.com/v1" }) { id }
    }`,
    { workspaceId },
  )
  const [credential] = await harness.controlPlane.modules.credentials.readModel.list(workspaceId)
  expect(await owner.client.codeOf(DELETE, { workspaceId, id: credential?._id })).toBe('credential_in_use')
})

test('a deleted credential is gone', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const input = { name: 'x', gateway: 'openrouter', secret: SECRET }
  const { createCredential } = await owner.client.run<Created>(CREATE, { workspaceId, input })
  await owner.client.run(DELETE, { workspaceId, id: createCredential.id })
  expect(await harness.controlPlane.modules.credentials.readModel.list(workspaceId)).toEqual([])
  expect(await owner.client.codeOf(DELETE, { workspaceId, id: createCredential.id })).toBe('credential_not_found')
})

test('credentials of the platform are for platform admins alone, and go into the catalog', async () => {
  const input = { name: 'Pool', gateway: 'openrouter', secret: SECRET }
  const { owner } = await harness.workspace()
  expect(await owner.client.codeOf(CREATE, { workspaceId: 'platform', input })).toBe('workspace_not_found')
  const before = await harness.controlPlane.modules.snapshots.readModel.find('catalog')
  const made = await harness.admin.run<Created>(CREATE, { workspaceId: 'platform', input })
  const after = await harness.controlPlane.modules.snapshots.readModel.find('catalog')
  expect(after.changes).toBe(before.changes + 2)
  const list = '{ credentials(workspaceId: "platform") { id lastFour } }'
  expect(await harness.admin.run(list)).toEqual({ credentials: [{ id: made.createCredential.id, lastFour: '1234' }] })
  expect(await owner.client.codeOf(list)).toBe('workspace_not_found')
})

test('nothing but credentials can be made for the platform', async () => {
  const create = 'mutation { createKey(workspaceId: "platform", input: { name: "x" }) { secret } }'
  expect(await harness.admin.codeOf(create)).toBe('workspace_not_found')
})
