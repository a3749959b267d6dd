import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAddPrompts } from '../../control-plane/modules/benchmarks/add-prompts.ts'
import type { StoredPrompt } from '../../control-plane/modules/benchmarks/benchmarks.read-model.ts'
import type { WorkspaceCollection } from '../../control-plane/database/workspace-collection.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { createId } from '../../shared/runtime/id.ts'
import { generationOf, startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'
import { evaluatedCall, evaluatedTest, type EvaluatedTest } from '../helpers/evaluated-calls.ts'

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane()
})
afterAll(() => harness.close())

const CREATE = `mutation ($workspaceId: ID!, $input: CreateBenchmarkInput!) {
  createBenchmark(workspaceId: $workspaceId, input: $input) { id name abTestId redact promptCount }
}`

async function create({ workspaceId, owner }: EvaluatedTest, input: object = {}): Promise<string> {
  const variables = { workspaceId, input: { name: 'Questions', ...input } }
  const { createBenchmark } = await owner.client.run<{ createBenchmark: { id: string } }>(CREATE, variables)
  return createBenchmark.id
}

interface ShownPrompt {
  readonly source: string
  readonly messages: { readonly role: string; readonly content: string }[]
  readonly expectedOutput: string | null
}

async function promptsOf({ workspaceId, owner }: EvaluatedTest, benchmarkId: string): Promise<ShownPrompt[]> {
  const { benchmarkPrompts } = await owner.client.run<{ benchmarkPrompts: { nodes: ShownPrompt[] } }>(
    `query ($workspaceId: ID!, $benchmarkId: ID!) {
      benchmarkPrompts(workspaceId: $workspaceId, benchmarkId: $benchmarkId, first: 100) {
        nodes { source messages expectedOutput }
      }
    }`,
    { workspaceId, benchmarkId },
  )
  return benchmarkPrompts.nodes
}

interface UploadOptions {
  readonly token?: string | undefined
  readonly filename?: string
}

async function upload(benchmarkId: string, file: string, { token, filename = 'prompts.jsonl' }: UploadOptions) {
  const response = await harness.server.app.inject({
    method: 'POST',
    url: `/benchmarks/${encodeURIComponent(benchmarkId)}/prompts?filename=${filename}`,
    headers: { 'content-type': 'application/octet-stream', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    payload: file,
  })
  return { status: response.statusCode, body: response.json<Record<string, unknown>>() }
}

async function tokenOf(userId: string): Promise<string> {
  return (await harness.controlPlane.sessions.create(userId)).token
}

const ask = (content: string): string => JSON.stringify({ messages: [{ role: 'user', content }] })

test('good rows of a file are added once, and each bad one is reported by its line', async () => {
  const world = await evaluatedTest(harness)
  const token = await tokenOf(world.owner.id)
  const benchmarkId = await create(world)
  const file = [ask('One'), '{"messages":[]}', ask('Two'), 'no JSON', ask('One')].join('\n')

  const { status, body } = await upload(benchmarkId, file, { token })
  expect(status).toBe(200)
  expect(body).toMatchObject({ added: 2, duplicates: 1, faultCount: 2 })
  expect(body['faults']).toEqual([
    { line: 2, path: 'messages', message: 'must not be empty' },
    { line: 4, path: '', message: expect.stringContaining('is not JSON') },
  ])
  expect((await upload(benchmarkId, file, { token })).body).toMatchObject({ added: 0, duplicates: 3 })
  expect((await promptsOf(world, benchmarkId)).map(({ messages }) => messages[0]?.content)).toEqual(['One', 'Two'])
})

test('a CSV file is read by its name', async () => {
  const world = await evaluatedTest(harness)
  const token = await tokenOf(world.owner.id)
  const benchmarkId = await create(world)
  const file = 'prompt,expected_output\nWhat is 2+2?,4\n'
  expect((await upload(benchmarkId, file, { token, filename: 'prompts.csv' })).body).toMatchObject({
    faults: [],
    added: 1,
  })
  expect(await promptsOf(world, benchmarkId)).toMatchObject([{ source: 'upload', expectedOutput: '4' }])
})

test('a file may be far longer than a question to the API, and is read to its end', async () => {
  const world = await evaluatedTest(harness)
  const benchmarkId = await create(world)
  const file = Array.from({ length: 1_000 }, (_none, index) => ask(`${index} ${'long '.repeat(200)}`)).join('\n')
  expect(file.length).toBeGreaterThan(1_000_000)
  expect((await upload(benchmarkId, file, { token: await tokenOf(world.owner.id) })).body).toEqual({
    added: 1_000,
    duplicates: 0,
    faultCount: 0,
    faults: [],
  })
})

test('a file is taken only from developers of the workspace, in a known format, for a benchmark in use', async () => {
  const world = await evaluatedTest(harness)
  const benchmarkId = await create(world)
  const [viewer, stranger] = [await harness.member(world.workspaceId, 'viewer'), await harness.user()]
  const token = await tokenOf(world.owner.id)
  const refusalOf = async (options: UploadOptions, id = benchmarkId): Promise<unknown> => {
    const { status, body } = await upload(id, ask('One'), options)
    return [status, (body['errors'] as { extensions: { code: string } }[])[0]?.extensions.code]
  }

  expect(await refusalOf({})).toEqual([401, 'unauthenticated'])
  expect(await refusalOf({ token: await tokenOf(viewer.id) })).toEqual([403, 'forbidden'])
  expect(await refusalOf({ token: await tokenOf(stranger.id) })).toEqual([404, 'benchmark_not_found'])
  expect(await refusalOf({ token }, 'nothing')).toEqual([404, 'benchmark_not_found'])
  expect(await refusalOf({ token, filename: 'prompts.docx' })).toEqual([415, 'unknown_upload_format'])
  const archive = `mutation ($workspaceId: ID!, $benchmarkId: ID!) {
    archiveBenchmark(workspaceId: $workspaceId, benchmarkId: $benchmarkId) { archivedAt }
  }`
  await world.owner.client.run(archive, { workspaceId: world.workspaceId, benchmarkId })
  expect(await refusalOf({ token })).toEqual([409, 'benchmark_archived'])
  expect(await promptsOf(world, benchmarkId)).toEqual([])
})

test('a benchmark that redacts keeps no address, and takes two prompts that differ by one alone for the same', async () => {
  const world = await evaluatedTest(harness)
  const benchmarkId = await create(world, { redact: true })
  const file = [ask('Write to ada@example.com'), ask('Write to bob@example.com')].join('\n')
  const { body } = await upload(benchmarkId, file, { token: await tokenOf(world.owner.id) })
  expect(body).toMatchObject({ added: 1, duplicates: 1 })
  expect(await promptsOf(world, benchmarkId)).toMatchObject([{ messages: [{ content: 'Write to [EMAIL_1]' }] }])
})

test("a test's calls are captured once each, without the instructions that its variants bring", async () => {
  const world = await evaluatedTest(harness)
  const id = `test:${world.abTestId}`
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hello' },
  ]
  const work = { expectedOutput: 'Hi', evaluate: false, captureFor: [id], messages, answer: { content: 'Hi' } }
  const captured = evaluatedCall(world, {}, { work })
  const again = evaluatedCall(world, {}, { work: { ...work, messages: messages.slice(1) } })
  const { service } = harness.controlPlane.modules.requestLogs
  await service.ingest([captured, again])
  await service.ingest([captured])
  expect(await promptsOf(world, id)).toEqual([
    { source: 'capture', messages: [{ role: 'user', content: 'Hello' }], expectedOutput: 'Hi' },
  ])
})

test("calls of a router join the benchmark it names with their instructions; another workspace's and unknown ones get none", async () => {
  const [world, other] = [await evaluatedTest(harness), await evaluatedTest(harness)]
  const [own, foreign] = [await create(world), await create(other)]
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hello' },
  ]
  const captureFor = [own, foreign, 'test:unknown', 'nothing']
  const work = { expectedOutput: null, evaluate: false, captureFor, messages, answer: { content: 'Hi' } }
  await harness.controlPlane.modules.requestLogs.service.ingest([generationOf(world.workspaceId, { work })])
  expect(await promptsOf(world, own)).toMatchObject([{ messages }])
  expect(await promptsOf(other, foreign)).toEqual([])
})

test('prompts of stored calls are added where they were kept, and the others are counted', async () => {
  const world = await evaluatedTest(harness)
  const { workspaceId, owner } = world
  const benchmarkId = await create(world)
  const messages = [{ role: 'user', content: 'Hello' }]
  await harness.controlPlane.modules.requestLogs.service.ingest([
    generationOf(workspaceId, { content: { messages, metadata: { expected_output: 'Hi' } } }),
    generationOf(workspaceId, { content: { messages, metadata: { expected_output: 'Hi' } } }),
    generationOf(workspaceId),
    generationOf(workspaceId, { model: 'sim-smart', content: { messages: [{ role: 'user', content: 'Bye' }] } }),
  ])
  const { addPromptsFromGenerations } = await owner.client.run<Record<string, unknown>>(
    `mutation ($workspaceId: ID!, $benchmarkId: ID!) {
      addPromptsFromGenerations(workspaceId: $workspaceId, benchmarkId: $benchmarkId, filter: { model: "sim-fast" }) {
        added duplicates refused withoutPrompt
      }
    }`,
    { workspaceId, benchmarkId },
  )
  expect(addPromptsFromGenerations).toEqual({ added: 1, duplicates: 1, refused: 0, withoutPrompt: 1 })
  expect(await promptsOf(world, benchmarkId)).toEqual([{ source: 'generation', messages, expectedOutput: 'Hi' }])
})

test('what prompts say is for members from developer up; their number is for all', async () => {
  const world = await evaluatedTest(harness)
  const { workspaceId } = world
  const benchmarkId = await create(world)
  await upload(benchmarkId, ask('One'), { token: await tokenOf(world.owner.id) })
  const viewer = await harness.member(workspaceId, 'viewer')
  const read = (field: string): Promise<string | null> =>
    viewer.client.codeOf(
      `query ($workspaceId: ID!, $benchmarkId: ID!) {
        benchmark(workspaceId: $workspaceId, benchmarkId: $benchmarkId) { promptCount }
        benchmarkPrompts(workspaceId: $workspaceId, benchmarkId: $benchmarkId) { nodes { id ${field} } }
      }`,
      { workspaceId, benchmarkId },
    )
  expect(await read('source')).toBeNull()
  for (const field of ['messages', 'expectedOutput', 'metadata']) expect(await read(field)).toBe('forbidden')
})

test("a test has one benchmark that collects its callers' prompts", async () => {
  const world = await evaluatedTest(harness)
  const { workspaceId, owner, abTestId } = world
  const input = { name: 'Captured', abTestId, collectsCallers: true, redact: true }
  expect(await create(world, input)).toBe(`test:${abTestId}`)
  expect(await owner.client.codeOf(CREATE, { workspaceId, input })).toBe('benchmark_exists')
  const unknown = { ...input, abTestId: 'nothing' }
  expect(await owner.client.codeOf(CREATE, { workspaceId, input: unknown })).toBe('ab_test_not_found')
})

test('a full benchmark takes no more prompts, and says how many were left out', async () => {
  const kept = new Map<string, StoredPrompt>()
  const prompts = {
    aggregate: async () => [...kept.keys()].map((_id) => ({ _id })),
    count: async () => kept.size,
    insertMissing: async (documents: readonly StoredPrompt[]) => {
      for (const document of documents) kept.set(document._id, document)
      return documents.length
    },
  } as unknown as WorkspaceCollection<StoredPrompt>
  const addPrompts = createAddPrompts({ prompts, clock: systemClock, createId, mostPrompts: 2 })
  const times = { createdAt: 0, archivedAt: null, createdBy: null }
  const benchmark = { _id: 'b', workspaceId: 'w', name: 'Small', abTestId: null, redact: false, ...times }
  const rows = ['One', 'Two', 'Three', 'One'].map((content) => {
    return { messages: [{ role: 'user' as const, content }], expectedOutput: null, metadata: null }
  })
  expect(await addPrompts(benchmark, rows, 'upload')).toEqual({ added: 2, duplicates: 1, refused: 1 })
  expect(await addPrompts(benchmark, rows, 'upload')).toEqual({ added: 0, duplicates: 3, refused: 1 })
})
