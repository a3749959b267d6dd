import { afterAll, beforeAll, expect, test } from 'vitest'
import { TASK_CLASSES } from '../../shared/llm/routing-vocabulary.ts'
import { unseal } from '../../shared/secrets/seal.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'
import type { GraphqlClient } from '../helpers/graphql-client.ts'

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane()
  await harness.controlPlane.modules.catalog.service.seed({ withSimulator: true })
})
afterAll(() => harness.close())

const CREATE = `mutation ($workspaceId: ID!, $input: CreateModelInput!) {
  createModel(workspaceId: $workspaceId, input: $input) {
    id name origin contextWindow
    endpoints { gateway upstreamModel price { version rates { inputUsdPerMillion outputUsdPerMillion cacheReadUsdPerMillion } } }
  }
}`
const UPDATE = `mutation ($workspaceId: ID!, $id: ID!, $input: UpdateModelInput!) {
  updateModel(workspaceId: $workspaceId, id: $id, input: $input) {
    id name contextWindow endpoints { upstreamModel price { version rates { inputUsdPerMillion outputUsdPerMillion } } }
  }
}`
const DELETE = 'mutation ($workspaceId: ID!, $id: ID!) { deleteModel(workspaceId: $workspaceId, id: $id) }'
const BASE = { id: 'own', baseUrl: 'https://llm.example.com/v1' }

test('a workspace can name the hosted models and the simulator, with prices', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { models } = await owner.client.run<{ models: { id: string; endpoints: object[] }[] }>(
    `query ($workspaceId: ID!) { models(workspaceId: $workspaceId, search: "sim-fast") {
      id kind origin contextWindow maxOutputTokens
      endpoints { gateway price { rates { inputUsdPerMillion outputNanodollarsPerMillion } } }
    } }`,
    { workspaceId },
  )
  expect(models).toEqual([
    {
      id: 'sim-fast',
      kind: 'chat',
      origin: 'catalog',
      contextWindow: 128_000,
      maxOutputTokens: 4_096,
      endpoints: [
        {
          gateway: 'simulator',
          price: { rates: { inputUsdPerMillion: 0.1, outputNanodollarsPerMillion: 400_000_000 } },
        },
      ],
    },
  ])
})

test('seeding again changes nothing, and another seed replaces what is gone from it', async () => {
  const { service, readModel } = harness.controlPlane.modules.catalog
  const before = await harness.controlPlane.modules.snapshots.readModel.find('catalog')
  expect(await service.seed({ withSimulator: true })).toBe(false)
  expect((await harness.controlPlane.modules.snapshots.readModel.find('catalog')).changes).toBe(before.changes)

  expect(await service.seed({ withSimulator: false })).toBe(true)
  const without = await readModel.catalogModelsForSnapshot()
  expect(without.some((model) => model.id.startsWith('sim-'))).toBe(false)
  expect(await service.seed({ withSimulator: true })).toBe(true)
  expect(await readModel.catalogModelsForSnapshot()).toHaveLength(without.length + 3)
})

test('a model says what auto assumes of it: by its tier and by kinds of work, and nothing of embeddings', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { models } = await owner.client.run<{ models: Assumed[] }>(
    'query ($w: ID!) { models(workspaceId: $w, search: "sim-") { id tier scores { taskClass score } } }',
    { w: workspaceId },
  )
  const assumedOf = (id: string) => models.find((model) => model.id === id)
  const scoreOf = (id: string) => assumedOf(id)?.scores.find(({ taskClass }) => taskClass === 'coding')?.score ?? NaN
  expect(assumedOf('sim-smart')?.tier).toBe('strong')
  expect(assumedOf('sim-smart')?.scores.map(({ taskClass }) => taskClass)).toEqual([...TASK_CLASSES])
  expect(scoreOf('sim-smart')).toBeGreaterThan(scoreOf('sim-fast'))
  expect(assumedOf('sim-embedding')).toEqual({ id: 'sim-embedding', tier: null, scores: [] })
})

interface Assumed {
  readonly id: string
  readonly tier: string | null
  readonly scores: readonly { readonly taskClass: string; readonly score: number }[]
}

test("a workspace's own model is listed first, with what was said of it", async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const input = { ...BASE, name: 'Own', inputUsdPerMillion: 0.5, outputUsdPerMillion: 1.5, contextWindow: 8192 }
  const { createModel } = await owner.client.run<{ createModel: object }>(CREATE, { workspaceId, input })
  expect(createModel).toEqual({
    id: 'own',
    name: 'Own',
    origin: 'workspace',
    contextWindow: 8192,
    endpoints: [
      {
        gateway: 'custom',
        upstreamModel: 'own',
        price: {
          version: `${workspaceId}/own@1`,
          rates: { inputUsdPerMillion: 0.5, outputUsdPerMillion: 1.5, cacheReadUsdPerMillion: 0.5 },
        },
      },
    ],
  })
  const { models } = await owner.client.run<{ models: { id: string }[] }>(
    'query ($workspaceId: ID!) { models(workspaceId: $workspaceId) { id } }',
    { workspaceId },
  )
  expect(models[0]?.id).toBe('own')
  expect(models.length).toBeGreaterThan(300)
})

test('the key of an own model is sealed with a credential that its endpoint names', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  await owner.client.run(CREATE, { workspaceId, input: { ...BASE, apiKey: 'sk-own-1234' } })
  const { credentials, catalog } = harness.controlPlane.modules
  const [credential] = await credentials.readModel.forSnapshot(workspaceId)
  const [model] = await catalog.readModel.workspaceModelsForSnapshot(workspaceId)
  expect(model?.endpoints[0]).toMatchObject({ gateway: 'custom', credentialId: credential?.id })
  expect(credential).toMatchObject({ gateway: 'custom', baseUrl: BASE.baseUrl })
  const { masterKey } = harness.controlPlane.environment
  expect(unseal(credential?.sealedSecret ?? '', credential?.id ?? '', masterKey)).toBe('sk-own-1234')
})

const CREATE_CREDENTIAL = `mutation ($workspaceId: ID!, $input: CreateCredentialInput!) {
  createCredential(workspaceId: $workspaceId, input: $input) { id }
}`

async function createCredential(client: GraphqlClient, workspaceId: string, gateway: string): Promise<string> {
  const input = { name: gateway, gateway, secret: 'sk-gateway-key' }
  const made = await client.run<{ createCredential: { id: string } }>(CREATE_CREDENTIAL, { workspaceId, input })
  return made.createCredential.id
}

test('a workspace adds a model at any gateway it has a credential of, named as that gateway names it', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const credentialId = await createCredential(owner.client, workspaceId, 'portkey')
  const input = { id: 'portkey:@openai-prod/gpt-4o', credentialId, inputUsdPerMillion: 2.5, outputUsdPerMillion: 10 }
  const { createModel } = await owner.client.run<{ createModel: object }>(CREATE, { workspaceId, input })
  expect(createModel).toMatchObject({
    id: 'portkey:@openai-prod/gpt-4o',
    endpoints: [{ gateway: 'portkey', upstreamModel: '@openai-prod/gpt-4o' }],
  })
  const [model] = await harness.controlPlane.modules.catalog.readModel.workspaceModelsForSnapshot(workspaceId)
  expect(model).toMatchObject({ capabilities: null, endpoints: [{ gateway: 'portkey', credentialId }] })
  expect(await harness.controlPlane.modules.credentials.readModel.list(workspaceId)).toHaveLength(1)
})

test('a deleted model leaves a credential of the workspace, which is not deleted before it', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const credentialId = await createCredential(owner.client, workspaceId, 'helicone')
  await owner.client.run(CREATE, { workspaceId, input: { id: 'gpt', upstreamModel: 'gpt-4o', credentialId } })
  const remove = 'mutation ($w: ID!, $id: ID!) { deleteCredential(workspaceId: $w, id: $id) }'
  expect(await owner.client.codeOf(remove, { w: workspaceId, id: credentialId })).toBe('credential_in_use')
  await owner.client.run(DELETE, { workspaceId, id: 'gpt' })
  expect(await owner.client.codeOf(remove, { w: workspaceId, id: credentialId })).toBeNull()
})

test('a model moves from an address of its own to a gateway, and its key goes with the address', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  await owner.client.run(CREATE, { workspaceId, input: { ...BASE, apiKey: 'sk-own-1234', inputUsdPerMillion: 1 } })
  const credentialId = await createCredential(owner.client, workspaceId, 'bedrock')
  const input = { credentialId, upstreamModel: 'us.amazon.nova-lite-v1:0' }
  await owner.client.run(UPDATE, { workspaceId, id: 'own', input })
  const { catalog, credentials } = harness.controlPlane.modules
  const [model] = await catalog.readModel.workspaceModelsForSnapshot(workspaceId)
  expect(model?.endpoints).toMatchObject([
    { gateway: 'bedrock', upstreamModel: 'us.amazon.nova-lite-v1:0', credentialId, price: { rates: { input: 1e9 } } },
  ])
  expect((await credentials.readModel.list(workspaceId)).map(({ _id }) => _id)).toEqual([credentialId])
  // Again, and with facts alone, it stays where it is.
  await owner.client.run(UPDATE, { workspaceId, id: 'own', input: { credentialId, contextWindow: 1000 } })
  const { errors } = await owner.client.ask(UPDATE, { workspaceId, id: 'own', input: { apiKey: 'sk-other' } })
  expect(errors[0]?.extensions).toEqual({ code: 'invalid_input', field: 'baseUrl' })
})

test('where a model is reached is said once, and with a credential of its own workspace', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const theirs = await harness.workspace()
  const credentialId = await createCredential(owner.client, workspaceId, 'anthropic')
  const other = await createCredential(theirs.owner.client, theirs.id, 'anthropic')
  const refused = async (input: object) =>
    (await owner.client.ask(CREATE, { workspaceId, input: { id: 'm', ...input } })).errors[0]?.extensions
  expect(await refused({})).toEqual({ code: 'invalid_input', field: 'credentialId' })
  const both = { credentialId, baseUrl: BASE.baseUrl }
  expect(await refused(both)).toEqual({ code: 'invalid_input', field: 'credentialId' })
  expect(await refused({ credentialId, apiKey: 'sk-1' })).toEqual({ code: 'invalid_input', field: 'credentialId' })
  expect(await refused({ credentialId: other })).toEqual({ code: 'credential_not_found', field: 'credentialId' })
  expect(await harness.controlPlane.modules.catalog.readModel.workspaceModelsForSnapshot(workspaceId)).toEqual([])
})

test('what a model can do is shown where it is known, and all its rates', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const query = `query ($workspaceId: ID!, $search: String!) { models(workspaceId: $workspaceId, search: $search) {
    id capabilities maxOutputTokens
    endpoints { gateway price { rates {
      cacheReadUsdPerMillion cacheWriteUsdPerMillion cacheWrite1hUsdPerMillion inputAudioUsdPerMillion
      outputImageUsdPerMillion webSearchUsdPerThousand
    } } }
  } }`
  const { models } = await owner.client.run<{ models: { id: string }[] }>(query, {
    workspaceId,
    search: 'claude-opus-5-5',
  })
  expect(models.find(({ id }) => id === 'claude-opus-5-5')).toMatchObject({
    capabilities: ['tools', 'vision', 'json-schema', 'reasoning'],
    maxOutputTokens: 128_000,
    endpoints: [
      {
        gateway: 'anthropic',
        price: {
          rates: {
            cacheReadUsdPerMillion: 0.2,
            cacheWriteUsdPerMillion: 5,
            cacheWrite1hUsdPerMillion: 8,
            inputAudioUsdPerMillion: 4,
            outputImageUsdPerMillion: 20,
            webSearchUsdPerThousand: 10,
          },
        },
      },
      { gateway: 'vertex' },
    ],
  })
})

test('an update keeps what it leaves out: the key, the address, the price', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const input = { ...BASE, apiKey: 'sk-own-1234', inputUsdPerMillion: 1, outputUsdPerMillion: 2 }
  await owner.client.run(CREATE, { workspaceId, input })
  const { credentials } = harness.controlPlane.modules
  const [before] = await credentials.readModel.forSnapshot(workspaceId)
  const changes = { upstreamModel: 'own-v2', baseUrl: 'https://other.example.com/v1' }
  const updated = await owner.client.run(UPDATE, { workspaceId, id: 'own', input: changes })
  expect(updated).toEqual({
    updateModel: {
      id: 'own',
      name: 'own',
      contextWindow: null,
      endpoints: [
        {
          upstreamModel: 'own-v2',
          price: { version: `${workspaceId}/own@1`, rates: { inputUsdPerMillion: 1, outputUsdPerMillion: 2 } },
        },
      ],
    },
  })
  const [after] = await credentials.readModel.forSnapshot(workspaceId)
  expect(after).toEqual({ ...before, baseUrl: 'https://other.example.com/v1' })
})

test('new prices get a new version, so that records name what they used', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  await owner.client.run(CREATE, { workspaceId, input: { ...BASE, inputUsdPerMillion: 1 } })
  const input = { inputUsdPerMillion: 3, outputUsdPerMillion: 4 }
  const { updateModel } = await owner.client.run<{ updateModel: { endpoints: object[] } }>(UPDATE, {
    workspaceId,
    id: 'own',
    input,
  })
  expect(updateModel.endpoints[0]).toMatchObject({
    price: { version: `${workspaceId}/own@2`, rates: { inputUsdPerMillion: 3, outputUsdPerMillion: 4 } },
  })
})

test('a model without prices has an unknown price, not a price of nothing', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { createModel } = await owner.client.run<{ createModel: { endpoints: object[] } }>(CREATE, {
    workspaceId,
    input: BASE,
  })
  expect(createModel.endpoints[0]).toMatchObject({ price: null })
})

test('a deleted model takes its credential with it', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  await owner.client.run(CREATE, { workspaceId, input: { ...BASE, apiKey: 'sk-own-1234' } })
  await owner.client.run(DELETE, { workspaceId, id: 'own' })
  expect(await harness.controlPlane.modules.credentials.readModel.list(workspaceId)).toEqual([])
  expect(await owner.client.codeOf(DELETE, { workspaceId, id: 'own' })).toBe('model_not_found')
})

test('bad input is refused, naming the field, and leaves nothing behind', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const refused = async (input: object) =>
    (await owner.client.ask(CREATE, { workspaceId, input })).errors[0]?.extensions
  expect(await refused({ ...BASE, id: 'has space' })).toEqual({ code: 'invalid_input', field: 'id' })
  expect(await refused({ ...BASE, inputUsdPerMillion: -1 })).toEqual({
    code: 'invalid_input',
    field: 'inputUsdPerMillion',
  })
  expect(await refused({ ...BASE, capabilities: ['flying'] })).toEqual({ code: 'invalid_input', field: 'capabilities' })
  expect(await refused({ ...BASE, baseUrl: 'http://169.254.169.254' })).toEqual({
    code: 'invalid_base_url',
    field: 'baseUrl',
  })
  expect(await refused({ ...BASE, apiKey: 'sk-...1234' })).toEqual({ code: 'masked_secret', field: 'apiKey' })
  expect(await harness.controlPlane.modules.credentials.readModel.list(workspaceId)).toEqual([])
})

test('an id is given to one model of a workspace, also when two ask at once', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const codes = await Promise.all([1, 2, 3].map(() => owner.client.codeOf(CREATE, { workspaceId, input: BASE })))
  expect(codes.toSorted()).toEqual(['model_id_taken', 'model_id_taken', null])
  expect(await harness.controlPlane.modules.credentials.readModel.list(workspaceId)).toHaveLength(1)
})
