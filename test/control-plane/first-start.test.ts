import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { prepareFirstStart } from '../../control-plane/first-start/prepare-first-start.ts'
import { hashKey } from '../../shared/secrets/hash-key.ts'
import { CATALOG, keyIndexKey, snapshotPointerKey } from '../../shared/redis/keys.ts'
import { PASSWORD, startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'
import { temporaryDirectory } from '../helpers/services.ts'

const opened: { harness: ControlPlaneHarness; directory: string }[] = []
afterEach(async () => {
  for (const { harness, directory } of opened.splice(0)) {
    await harness.close()
    await rm(directory, { recursive: true, force: true })
  }
})

async function open(variables: Record<string, string> = {}) {
  const directory = await temporaryDirectory()
  const file = join(directory, 'made', 'demo.json')
  const harness = await startControlPlane(
    { DEMO_FILE: file, SIMULATOR_URL: 'http://127.0.0.1:8090/v1', ...variables },
    { withAdmin: false },
  )
  opened.push({ harness, directory })
  const read = async () => JSON.parse(await readFile(file, 'utf8'))
  return { harness, directory, file, read, start: () => prepareFirstStart(harness.controlPlane) }
}

test('the first start makes a demo workspace that works: credits, simulator, key, token, snapshots', async () => {
  const { harness, file, read, start } = await open({ CONTROL_PLANE_PORT: '4567' })
  await start()
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readdir(join(file, '..'))).toEqual(['demo.json'])
  const demo = await read()
  expect(demo).toMatchObject({ graphqlUrl: 'http://127.0.0.1:4567/graphql', dataPlaneUrl: 'http://127.0.0.1:8080' })

  const client = harness.client(demo.adminToken)
  const seen = await client.run(
    `query ($id: ID!) {
      me { email isPlatformAdmin }
      balance(workspaceId: $id) { balance ledgerNanodollars }
      credentials(workspaceId: "platform") { gateway baseUrl }
      models(workspaceId: $id, search: "sim-") { id }
    }`,
    { id: demo.workspaceId },
  )
  expect(seen).toEqual({
    me: { email: 'admin@signalbox.local', isPlatformAdmin: true },
    balance: { balance: 20, ledgerNanodollars: 20_000_000_000 },
    credentials: [{ gateway: 'simulator', baseUrl: 'http://127.0.0.1:8090/v1' }],
    models: [{ id: 'sim-embedding' }, { id: 'sim-fast' }, { id: 'sim-smart' }],
  })
  const { redis } = harness.controlPlane
  expect(await redis.get(keyIndexKey(hashKey(demo.apiKey)))).toBe(demo.workspaceId)
  expect(await redis.exists(snapshotPointerKey(CATALOG), snapshotPointerKey(demo.workspaceId))).toBe(2)
})

test('the demo has an A/B test with a production variant, and a router that comes to it by a rule or by default', async () => {
  const { harness, read, start } = await open()
  await start()
  const { workspaceId, applicationId, routerId, adminToken } = await read()
  const preview = `query ($workspaceId: ID!, $routerId: ID!, $abTestId: ID!, $premium: JSON!, $code: JSON!, $other: JSON!) {
    abTest(workspaceId: $workspaceId, abTestId: $abTestId) { productionVariantId }
    variants(workspaceId: $workspaceId, abTestId: $abTestId) { nodes { id model } }
    premium: previewRouter(workspaceId: $workspaceId, routerId: $routerId, request: $premium) { targets { abTestId } }
    code: previewRouter(workspaceId: $workspaceId, routerId: $routerId, request: $code) { targets { model } }
    other: previewRouter(workspaceId: $workspaceId, routerId: $routerId, request: $other) { ruleId targets { abTestId } }
  }`
  const seen = await harness.client(adminToken).run<{
    abTest: { productionVariantId: string }
    variants: { nodes: { id: string; model: string }[] }
  }>(preview, {
    workspaceId,
    routerId,
    abTestId: applicationId,
    premium: { metadata: { user_tier: 'premium' } },
    code: { messages: [{ role: 'user', content: 'Analyze this code' }] },
    other: {},
  })
  expect(seen).toMatchObject({
    premium: { targets: [{ abTestId: applicationId }] },
    code: { targets: [{ model: 'simulator:sim-smart' }] },
    other: { ruleId: null, targets: [{ abTestId: applicationId }] },
  })
  const models = new Map(seen.variants.nodes.map(({ id, model }) => [id, model]))
  expect([...models.values()].toSorted()).toEqual(['simulator:sim-fast', 'simulator:sim-smart'])
  expect(models.get(seen.abTest.productionVariantId)).toBe('simulator:sim-fast')
})

test('a file of a version without A/B tests and routers gets them; one that names them is left alone', async () => {
  const { harness, file, read, start } = await open()
  await start()
  const { applicationId, routerId, ...older } = await read()
  await writeFile(file, JSON.stringify(older))
  await start()
  expect(await read()).toEqual({ ...older, applicationId, routerId })
  const { workspaceId } = older
  await harness.controlPlane.modules.routers.service.delete({ workspaceId, routerId })
  await start()
  expect(await read()).toMatchObject({ routerId })
  expect(await harness.controlPlane.modules.routers.readModel.facts(workspaceId)).toEqual([])
})

test('a second start changes nothing', async () => {
  const { harness, read, start } = await open()
  await start()
  const first = await read()
  await start()
  expect(await read()).toEqual(first)
  const { workspaces, keys, billing, routers } = harness.controlPlane.modules
  expect(await workspaces.readModel.listAllIds()).toEqual([first.workspaceId])
  expect(await keys.readModel.list(first.workspaceId)).toHaveLength(1)
  expect(await routers.readModel.facts(first.workspaceId)).toHaveLength(1)
  expect((await billing.readModel.balance(first.workspaceId)).ledger).toBe(20_000_000_000)
})

test('a lost file is made again for the same workspace, with a fresh token and key and no more money', async () => {
  const { harness, file, read, start } = await open()
  await start()
  const first = await read()
  await rm(file)
  await start()
  const second = await read()
  expect(second.workspaceId).toBe(first.workspaceId)
  expect(second.apiKey).not.toBe(first.apiKey)
  expect([second.applicationId, second.routerId]).toEqual([first.applicationId, first.routerId])
  const query = 'query ($id: ID!) { balance(workspaceId: $id) { balance } }'
  const { workspaceId: id } = second
  expect(await harness.client(second.adminToken).run(query, { id })).toEqual({ balance: { balance: 20 } })
})

test('a file with other ports gets the new addresses and keeps its secrets', async () => {
  const { harness, read, start } = await open()
  await start()
  const first = await read()
  const { environment } = harness.controlPlane
  const moved = {
    ...environment,
    demo: environment.demo && { ...environment.demo, dataPlaneUrl: 'http://127.0.0.1:9' },
  }
  await prepareFirstStart({ ...harness.controlPlane, environment: moved })
  expect(await read()).toEqual({ ...first, dataPlaneUrl: 'http://127.0.0.1:9' })
})

test('provider keys of the environment become credentials of the demo workspace', async () => {
  const { harness, read, start } = await open({
    OPENAI_API_KEY: 'sk-openai-1111',
    OPENROUTER_API_KEY: 'sk-or-2222',
    ANTHROPIC_API_KEY: 'sk-ant-3333',
    AWS_BEARER_TOKEN_BEDROCK: 'bedrock-api-key-4444',
    AWS_REGION: 'eu-central-1',
  })
  await start()
  const { workspaceId } = await read()
  const credentials = await harness.controlPlane.modules.credentials.readModel.list(workspaceId)
  const shown = credentials.map(({ gateway, lastFour, settings }) => [gateway, lastFour, settings]).toSorted()
  expect(shown).toEqual([
    ['anthropic', '3333', []],
    ['bedrock', '4444', [{ name: 'region', value: 'eu-central-1' }]],
    ['openai', '1111', []],
    ['openrouter', '2222', []],
  ])
})

test('a region without a Bedrock key makes no credential', async () => {
  const { harness, read, start } = await open({ AWS_REGION: 'eu-central-1' })
  await start()
  const { workspaceId } = await read()
  expect(await harness.controlPlane.modules.credentials.readModel.list(workspaceId)).toEqual([])
})

test('ADMIN_EMAIL and ADMIN_PASSWORD make the first owner, and are not asked again', async () => {
  const { harness, start } = await open({ DEMO_FILE: '', ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: PASSWORD })
  await start()
  await start()
  const signIn = `mutation { signIn(email: "root@example.com", password: "${PASSWORD}") { user { isPlatformAdmin } } }`
  expect(await harness.client(null).run(signIn)).toEqual({ signIn: { user: { isPlatformAdmin: true } } })
  expect(await harness.controlPlane.modules.workspaces.readModel.listAllIds()).toEqual([])
})

test('a simulator that moved is followed', async () => {
  const { harness, start } = await open()
  await start()
  const environment = { ...harness.controlPlane.environment, simulatorUrl: 'http://127.0.0.1:9999/v1' }
  await prepareFirstStart({ ...harness.controlPlane, environment })
  const credentials = await harness.controlPlane.modules.credentials.readModel.list('platform')
  expect(credentials.map((credential) => credential.baseUrl)).toEqual(['http://127.0.0.1:9999/v1'])
})

test('prices that the operator changed hold for the workspaces that are there', async () => {
  const { harness, read, start } = await open()
  const { models, readModel } = harness.controlPlane.modules.workspaces
  await start()
  const { workspaceId } = await read()
  await models[0].updateOne({ _id: workspaceId }, { $set: { 'settings.markupMillionths': 1_900_000 } })
  const before = await harness.controlPlane.modules.snapshots.readModel.find(workspaceId)
  await start()
  expect(await readModel.snapshotSettings(workspaceId)).toMatchObject({ markupMillionths: 1_250_000 })
  const after = await harness.controlPlane.modules.snapshots.readModel.find(workspaceId)
  expect(after.changes).toBe(before.changes + 2)
})
