import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readSecrets } from '../../shared/secrets/read-secrets.ts'
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

const privateKey = String(
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
)
const ACCOUNT = {
  type: 'service_account',
  project_id: 'my-project',
  private_key_id: '0123456789abcdef',
  private_key: privateKey,
  client_email: 'caller@my-project.iam.gserviceaccount.com',
  token_uri: 'https://oauth2.googleapis.com/token',
}

/** What a data plane would open. */
async function opened(workspaceId: string) {
  const { modules, environment } = harness.controlPlane
  const [credential] = await modules.credentials.readModel.forSnapshot(workspaceId)
  const text = unseal(credential?.sealedSecret ?? '', credential?.id ?? '', environment.masterKey)
  return { secrets: readSecrets(text), settings: credential?.settings, sealedSecret: credential?.sealedSecret }
}

test('settings are kept, shown, and part of what is served; the secrets of a file are not shown', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const settings = [
    { name: 'project', value: 'other-project' },
    { name: 'location', value: ' europe-west1 ' },
  ]
  const input = { name: 'Google', gateway: 'vertex', secret: JSON.stringify(ACCOUNT), settings }
  const made = await owner.client.ask(
    `mutation ($workspaceId: ID!, $input: CreateCredentialInput!) {
      createCredential(workspaceId: $workspaceId, input: $input) { lastFour settings { name value } }
    }`,
    { workspaceId, input },
  )
  const kept = [settings[0], { name: 'location', value: 'europe-west1' }]
  expect(made.data).toEqual({ createCredential: { lastFour: 'cdef', settings: kept } })
  const { type: _type, ...secrets } = ACCOUNT
  expect(await opened(workspaceId)).toMatchObject({
    secrets,
    settings: { project: 'other-project', location: 'europe-west1' },
  })
})

test('a setting’s name may hold a dot, also in a query’s own text', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  await owner.client.run(
    `mutation ($workspaceId: ID!) {
      createCredential(workspaceId: $workspaceId, input: {
        name: "H", gateway: helicone, secret: "sk-helicone-1", settings: [{ name: "property.Team", value: "search" }]
      }) { id }
    }`,
    { workspaceId },
  )
  expect(await opened(workspaceId)).toMatchObject({
    secrets: { apiKey: 'sk-helicone-1' },
    settings: { 'property.Team': 'search' },
  })
})

test.each([
  ['a key in an object of its own', { apiKey: ' sk-1234567 ' }, { apiKey: 'sk-1234567' }],
  ['two keys', { apiKey: 'sk-portkey', providerKey: 'sk-openai' }, { apiKey: 'sk-portkey', providerKey: 'sk-openai' }],
])('%s is sealed as the data plane reads it', async (_name, given, secrets) => {
  const { id: workspaceId, owner } = await harness.workspace()
  const input = { name: 'x', gateway: 'portkey', secret: JSON.stringify(given) }
  await owner.client.run(CREATE, { workspaceId, input })
  expect((await opened(workspaceId)).secrets).toEqual(secrets)
})

const secretOf = (value: object) => JSON.stringify(value)

test.each<[string, object, string, string]>([
  ['bedrock', { secret: secretOf({ accessKeyId: 'AKIA' }) }, 'invalid_secret', 'secret.secretAccessKey'],
  ['bedrock', { secret: '{"accessKeyId": "AKIA"' }, 'invalid_secret', 'secret'],
  ['bedrock', { secret: secretOf({ accessKeyId: 5 }) }, 'invalid_secret', 'secret.accessKeyId'],
  [
    'bedrock',
    { secret: secretOf({ accessKeyId: 'A', secretAccessKey: '••••abcd' }) },
    'masked_secret',
    'secret.secretAccessKey',
  ],
  ['vertex', { secret: secretOf({ ...ACCOUNT, private_key: 'cut' }) }, 'invalid_secret', 'secret.private_key'],
  [
    'vertex',
    { secret: secretOf({ ...ACCOUNT, token_uri: 'https://10.0.0.1/t' }) },
    'invalid_secret',
    'secret.token_uri',
  ],
  ['vertex', { secret: secretOf({ ...ACCOUNT, project_id: '' }) }, 'invalid_secret', 'secret.project_id'],
  ['openai', { secret: SECRET, settings: [{ name: 'region', value: 'x' }] }, 'invalid_setting', 'settings.region'],
  ['bedrock', { secret: SECRET, settings: [{ name: 'region', value: 'a.b' }] }, 'invalid_setting', 'settings.region'],
  ['helicone', { secret: SECRET, settings: [{ name: 'user', value: SECRET }] }, 'invalid_setting', 'settings.user'],
  [
    'openrouter',
    {
      secret: SECRET,
      settings: [
        { name: 'title', value: 'a' },
        { name: 'title', value: 'b' },
      ],
    },
    'invalid_setting',
    'settings.title',
  ],
  ['openrouter', { secret: SECRET, settings: [{ name: 'title', value: '' }] }, 'invalid_input', 'settings.0.value'],
])('for %s the input %j is refused, naming the part, and nothing is kept', async (gateway, given, code, field) => {
  const { id: workspaceId, owner } = await harness.workspace()
  const input = { name: 'x', gateway, ...given }
  const { errors } = await owner.client.ask(CREATE, { workspaceId, input })
  expect(errors[0]?.extensions).toEqual({ code, field })
  expect(errors[0]?.message).not.toContain(SECRET)
  expect(await harness.controlPlane.modules.credentials.readModel.list(workspaceId)).toEqual([])
})

const UPDATE = `mutation ($workspaceId: ID!, $id: ID!, $input: UpdateCredentialInput!) {
  updateCredential(workspaceId: $workspaceId, id: $id, input: $input) { id name lastFour baseUrl settings { name value } }
}`

test('a secret is rotated in place: the credential keeps its id, its name and its settings', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const settings = [{ name: 'region', value: 'eu-west-1' }]
  const input = { name: 'AWS', gateway: 'bedrock', secret: 'bedrock-key-1111', settings }
  const { id } = (await owner.client.run<Created>(CREATE, { workspaceId, input })).createCredential
  const changes = await harness.controlPlane.modules.snapshots.readModel.find(workspaceId)
  const updated = await owner.client.run(UPDATE, { workspaceId, id, input: { secret: 'bedrock-key-2222' } })
  expect(updated).toEqual({ updateCredential: { id, name: 'AWS', lastFour: '2222', baseUrl: null, settings } })
  expect(await opened(workspaceId)).toMatchObject({
    secrets: { apiKey: 'bedrock-key-2222' },
    settings: { region: 'eu-west-1' },
  })
  expect((await harness.controlPlane.modules.snapshots.readModel.find(workspaceId)).changes).toBe(changes.changes + 2)
})

test('what an update leaves out stays: settings and address change without the secret, which is not sealed again', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const input = { name: 'Google', gateway: 'vertex', secret: secretOf(ACCOUNT) }
  const { id } = (await owner.client.run<Created>(CREATE, { workspaceId, input })).createCredential
  const before = await opened(workspaceId)
  const settings = [{ name: 'location', value: 'us' }]
  const changes = { settings, baseUrl: 'https://vertex.example.com/' }
  expect(await owner.client.run(UPDATE, { workspaceId, id, input: changes })).toEqual({
    updateCredential: { id, name: 'Google', lastFour: 'cdef', baseUrl: 'https://vertex.example.com', settings },
  })
  expect(await opened(workspaceId)).toEqual({ ...before, settings: { location: 'us' } })
  expect(await owner.client.run(UPDATE, { workspaceId, id, input: { settings: null, baseUrl: null } })).toMatchObject({
    updateCredential: { baseUrl: null, settings: [] },
  })
})

test('an update is checked whole, with what stays, and a bad one changes nothing', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { project_id: _project, ...nameless } = ACCOUNT
  const settings = [{ name: 'project', value: 'my-project' }]
  const input = { name: 'Google', gateway: 'vertex', secret: secretOf(nameless), settings }
  const { id } = (await owner.client.run<Created>(CREATE, { workspaceId, input })).createCredential
  const before = await opened(workspaceId)
  const refused = async (changes: object) =>
    (await owner.client.ask(UPDATE, { workspaceId, id, input: changes })).errors[0]?.extensions
  expect(await refused({ settings: [] })).toEqual({ code: 'invalid_setting', field: 'settings.project' })
  expect(await refused({ secret: null })).toEqual({ code: 'invalid_secret', field: 'secret' })
  expect(await refused({ baseUrl: 'https://127.0.0.1' })).toEqual({ code: 'invalid_base_url', field: 'baseUrl' })
  expect(await opened(workspaceId)).toEqual(before)
  expect(await owner.client.codeOf(UPDATE, { workspaceId, id: 'nothing', input: { name: 'x' } })).toBe(
    'credential_not_found',
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
