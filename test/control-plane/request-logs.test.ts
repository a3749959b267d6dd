import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Generation } from '../../shared/queues/generations.queue.ts'
import { generationOf, startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane()
})
afterAll(() => harness.close())

const LIST = `query ($workspaceId: ID!, $first: Int! = 25, $after: String, $filter: GenerationFilterInput) {
  generations(workspaceId: $workspaceId, first: $first, after: $after, filter: $filter) {
    edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`
const ONE = `query ($id: ID!) { generation(id: $id) {
  id workspaceId startedAt surface kind status errorCode requestedModel model gateway stream
  usage { uncachedInputTokens cacheReadTokens textOutputTokens reasoningTokens inputTokens outputTokens totalTokens estimated }
  cost costNanodollars charge chargeNanodollars paidBy priceVersion latencyMs timeToFirstTokenMs gatewayMs finishReason
  attempts { gateway upstreamModel outcome status durationMs detail } keyId keyName snapshotRevision
} }`

interface Listed {
  readonly generations: {
    readonly edges: { readonly cursor: string; readonly node: { readonly id: string } }[]
    readonly nodes: { readonly id: string }[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly endCursor: string }
  }
}

async function keep(...generations: Generation[]): Promise<void> {
  await harness.controlPlane.modules.requestLogs.service.ingest(generations)
}

test('a call is shown with all that its record holds, by every form of its id', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { createKey } = await owner.client.run<{ createKey: { key: { id: string } } }>(
    'mutation ($w: ID!) { createKey(workspaceId: $w, input: { name: "the key" }) { key { id } } }',
    { w: workspaceId },
  )
  const keyId = createKey.key.id
  const attempt = {
    model: 'sim-fast',
    gateway: 'simulator',
    upstreamModel: 'sim-fast',
    credentialId: 'secret-place',
    outcome: 'answered',
    status: 200,
    startedAt: 1,
    durationMs: 11.5,
    detail: null,
    costNanodollars: null,
  }
  const generation = generationOf(workspaceId, { keyId, attempts: [attempt], startedAt: 1_700_000_000_000 })
  await keep(generation)
  const shown = await owner.client.run<{ generation: object }>(ONE, { id: generation.id })
  expect(shown.generation).toEqual({
    id: generation.id,
    workspaceId,
    startedAt: '2023-11-14T22:13:20.000Z',
    surface: 'auto-routing',
    kind: 'chat',
    status: 'succeeded',
    errorCode: null,
    requestedModel: 'sim-fast',
    model: 'sim-fast',
    gateway: 'simulator',
    stream: false,
    usage: {
      uncachedInputTokens: 10,
      cacheReadTokens: 4,
      textOutputTokens: 5,
      reasoningTokens: 2,
      inputTokens: 14,
      outputTokens: 5,
      totalTokens: 19,
      estimated: false,
    },
    cost: 0.000004,
    costNanodollars: 4_000,
    charge: 0.000005,
    chargeNanodollars: 5_000,
    paidBy: 'credits',
    priceVersion: 'simulator@1',
    latencyMs: 12.5,
    timeToFirstTokenMs: null,
    gatewayMs: 0.4,
    finishReason: 'stop',
    attempts: [
      {
        gateway: 'simulator',
        upstreamModel: 'sim-fast',
        outcome: 'answered',
        status: 200,
        durationMs: 11.5,
        detail: null,
      },
    ],
    keyId,
    keyName: 'the key',
    snapshotRevision: 'revision',
  })
  for (const prefix of ['nrc_', 'chatcmpl-', 'gen-']) {
    expect(await owner.client.run(ONE, { id: prefix + generation.id })).toEqual(shown)
  }
})

test('a cost that is not known is null, not 0', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const generation = generationOf(workspaceId, { costNanodollars: null, chargeNanodollars: 0, usage: null })
  await keep(generation)
  const { generation: shown } = await owner.client.run<{ generation: object }>(ONE, { id: generation.id })
  expect(shown).toMatchObject({ cost: null, costNanodollars: null, charge: 0, usage: null })
})

test('every class of usage is shown, and a record from before one was counted shows none of it', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const query = `query ($id: ID!) { generation(id: $id) { usage {
    cacheWriteTokens cacheWrite1hTokens inputImageTokens outputImageTokens webSearches inputTokens outputTokens
  } } }`
  const counted = {
    ...generationOf(workspaceId).usage,
    uncachedInputTokens: 1,
    cacheReadTokens: 0,
    outputTokens: 2,
    cacheWriteTokens: 10,
    cacheWrite1hTokens: 20,
    inputImageTokens: 30,
    outputImageTokens: 40,
    webSearches: 3,
  } as NonNullable<Generation['usage']>
  const fresh = generationOf(workspaceId, { usage: counted })
  await keep(fresh)
  expect(await owner.client.run(query, { id: fresh.id })).toEqual({
    generation: {
      usage: {
        cacheWriteTokens: 10,
        cacheWrite1hTokens: 20,
        inputImageTokens: 30,
        outputImageTokens: 40,
        webSearches: 3,
        inputTokens: 61,
        outputTokens: 42,
      },
    },
  })
  const old = generationOf(workspaceId)
  const {
    cacheWrite1hTokens: _hour,
    inputImageTokens: _in,
    outputImageTokens: _out,
    webSearches: _searches,
    ...usage
  } = counted
  await harness.controlPlane.modules.requestLogs.models[0]?.collection.insertOne({
    ...old,
    _id: old.id as never,
    usage,
  })
  expect(await owner.client.run(query, { id: old.id })).toMatchObject({
    generation: { usage: { cacheWrite1hTokens: 0, webSearches: 0, inputTokens: 11, outputTokens: 2 } },
  })
})

test('calls come in pages, newest first, without gaps or repeats', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const made = Array.from({ length: 7 }, () => generationOf(workspaceId))
  await keep(...made)
  const seen: string[] = []
  let after: string | undefined
  for (const expected of [true, true, false]) {
    const { generations }: Listed = await owner.client.run(LIST, { workspaceId, first: 3, after })
    expect(generations.edges.map((edge) => edge.node.id)).toEqual(generations.nodes.map((node) => node.id))
    expect(generations.pageInfo).toMatchObject({ hasNextPage: expected, hasPreviousPage: after !== undefined })
    expect(generations.pageInfo.endCursor).toBe(generations.edges.at(-1)?.cursor)
    seen.push(...generations.nodes.map((node) => node.id))
    after = generations.pageInfo.endCursor
    // A call that comes in between does not move the page.
    await keep(generationOf(workspaceId))
  }
  expect(seen).toEqual(made.map((generation) => generation.id).toReversed())
})

test.each([
  [{ status: 'failed' }, ['failed']],
  [{ errorCode: 'upstream_error' }, ['failed']],
  [{ model: 'sim-smart' }, ['smart']],
  [{ requestedModel: 'alias' }, ['smart']],
  [{ keyId: 'other-key' }, ['keyed']],
  [{ stream: true }, ['keyed']],
  [{ kind: 'embedding' }, ['embedded']],
  [{ from: '2024-01-02T00:00:00Z' }, ['embedded']],
  [{ to: '2024-01-01T00:00:00Z' }, []],
  [{ from: '2024-01-01T00:00:00Z', to: '2024-01-02T00:00:00Z', stream: true }, ['keyed']],
  [{ status: null, model: null }, ['embedded', 'failed', 'keyed', 'smart']],
])('the filter %j finds what it says', async (filter, expected) => {
  const { id: workspaceId, owner } = await harness.workspace()
  const day = Date.parse('2024-01-01T00:00:00Z')
  const made = {
    failed: generationOf(workspaceId, { startedAt: day, status: 'failed', errorCode: 'upstream_error' }),
    smart: generationOf(workspaceId, { startedAt: day, model: 'sim-smart', requestedModel: 'alias' }),
    keyed: generationOf(workspaceId, { startedAt: day, keyId: 'other-key', stream: true }),
    embedded: generationOf(workspaceId, { startedAt: day + 86_400_000, kind: 'embedding' }),
  }
  await keep(...Object.values(made))
  const { generations }: Listed = await owner.client.run(LIST, { workspaceId, filter })
  const found = generations.nodes.map(({ id }) => Object.entries(made).find(([, each]) => each.id === id)?.[0])
  expect(found.toSorted()).toEqual(expected)
})

test('a cursor that is none, and a page that is too long, are refused, naming the field', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const refused = async (variables: object) =>
    (await owner.client.ask(LIST, { workspaceId, ...variables })).errors[0]?.extensions
  expect(await refused({ after: 'nonsense' })).toEqual({ code: 'invalid_input', field: 'after' })
  expect(await refused({ first: 101 })).toEqual({ code: 'invalid_input', field: 'first' })
  expect(await refused({ first: 0 })).toEqual({ code: 'invalid_input', field: 'first' })
})

test('a call of another workspace is not found', async () => {
  const theirs = await harness.workspace()
  const generation = generationOf(theirs.id)
  await keep(generation)
  const mine = await harness.workspace()
  expect(await mine.owner.client.codeOf(ONE, { id: generation.id })).toBe('generation_not_found')
  expect(await harness.admin.codeOf(ONE, { id: generation.id })).toBeNull()
})
