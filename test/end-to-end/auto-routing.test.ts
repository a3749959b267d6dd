import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSimulator, type Simulator } from '../../shared/embedded/simulator/server.ts'
import { OBJECTIVES } from '../../shared/llm/routing-vocabulary.ts'
import { ask } from '../helpers/ask.ts'
import type { ServedWorkspace } from '../helpers/running-signalbox.ts'
import { workspaceInShared } from '../helpers/shared-signalbox.ts'
import { waitUntil } from '../helpers/wait-until.ts'

// A second or two: a whole Signalbox as of the first start, with nothing but the simulator behind it.
const LIMIT_MS = 60_000
const SOON = { limitMs: 20_000 }

const MESSAGES: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'What is the capital of France?' }]
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const TOOLS: OpenAI.ChatCompletionTool[] = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
]
/** A model of the workspace's own whose provider never answers but with an error. */
const BROKEN = 'broken-trains'

interface Routing {
  readonly selected: string
  readonly objective: string
  readonly candidates_considered: number
  readonly reason: string
}

let provider: Simulator
let workspace: ServedWorkspace
let client: OpenAI

beforeAll(async () => {
  provider = createSimulator({ models: [BROKEN] })
  await provider.listen()
  provider.script.add({ type: 'status', status: 503, model: BROKEN, times: 1_000 })
  workspace = await workspaceInShared()
  await addBrokenModel()
  const { apiKey, dataPlaneUrl } = workspace
  client = new OpenAI({ apiKey, baseURL: `${dataPlaneUrl}/v1`, maxRetries: 0 })
  await waitUntil(async () => {
    const { data } = await client.models.list()
    return data.some(({ id }) => id === BROKEN) || undefined
  })
}, LIMIT_MS)
afterAll(async () => {
  await provider.close()
}, LIMIT_MS)

describe('with the official client, whole and streamed', () => {
  test('auto answers from a model of the first start, and says which and why', async () => {
    const { completion, routing } = await create({})
    expect(completion.choices[0]?.message.content).toContain('Paris')
    expect(completion.id).toMatch(/^nrc_/)
    expect(completion.model).toBe(routing.selected)
    expect(routing).toMatchObject({ objective: 'quality-per-dollar', selected: 'sim-smart', candidates_considered: 2 })
    expect(routing.reason).toContain('sim-smart')
    const streamed = await stream({})
    expect(streamed.text).toBe(completion.choices[0]?.message.content)
    expect(streamed.routing).toMatchObject({ objective: 'quality-per-dollar', selected: 'sim-smart' })
  })

  test.each([
    ['lowest-cost', 'sim-fast'],
    ['highest-quality', 'sim-smart'],
  ])('%s chooses %s', async (objective, selected) => {
    const route = { objective }
    const { completion, routing } = await create({ route })
    expect(completion.model).toBe(selected)
    expect(routing).toMatchObject({ objective, selected, candidates_considered: 2 })
    expect((await stream({ route })).routing).toMatchObject({ objective, selected })
  })

  test(
    'lowest-latency chooses by what it has measured, which is streams, and says so',
    async () => {
      const route = { objective: 'lowest-latency' }
      const { routing } = await waitUntil(async () => {
        await Promise.all(['sim-fast', 'sim-smart'].map((model) => stream({ model })))
        const answered = await stream({ route })
        return answered.routing?.reason.includes('ms to the first token') ? answered : undefined
      }, SOON)
      expect(routing?.objective).toBe('lowest-latency')
      expect(['sim-fast', 'sim-smart']).toContain((await create({ route })).completion.model)
    },
    LIMIT_MS,
  )

  test.each([
    ['saver', 'lowest-cost'],
    ['turbo', 'lowest-latency'],
    ['precision', 'highest-quality'],
    ['standard', 'quality-per-dollar'],
    ['scale', 'quality-per-dollar'],
    ['agent', 'quality-per-dollar'],
  ])('the service %s stands for %s', async (service, objective) => {
    expect((await create({ service })).routing.objective).toBe(objective)
  })

  test('custom keeps to its own models and its own price', async () => {
    const routing = { objective: 'quality', allow_models: ['sim-fast'], max_cost_usd: 0.01 }
    expect((await create({ service: 'custom', routing })).routing).toMatchObject({
      objective: 'highest-quality',
      selected: 'sim-fast',
      candidates_considered: 1,
    })
    await expect(create({ service: 'custom', routing: { ...routing, max_cost_usd: 1e-9 } })).rejects.toThrow(
      'could cost more than allowed',
    )
  })

  test('an image goes to the model that sees, whatever is cheaper', async () => {
    const content = [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: PIXEL } },
    ]
    const { routing } = await create({ messages: [{ role: 'user', content }], route: { objective: 'lowest-cost' } })
    expect(routing).toMatchObject({ selected: 'sim-smart', candidates_considered: 1 })
  })

  test('a fallback answers for a model whose provider fails, and the answer says whose it is', async () => {
    const request = { model: BROKEN, route: { fallbacks: ['sim-fast'] } }
    const { completion, routing } = await create(request)
    expect(completion.model).toBe('sim-fast')
    expect(routing).toMatchObject({ selected: 'sim-fast', objective: 'pinned' })
    expect(routing.reason).toContain('sim-fast')
    const streamed = await stream(request)
    expect(streamed.text).toBe(completion.choices[0]?.message.content)
    expect(streamed.routing?.selected).toBe('sim-fast')
  })

  test('auto as a fallback chooses where the named model fails', async () => {
    const { completion } = await create({ model: BROKEN, route: { fallbacks: ['auto'] } })
    expect(['sim-fast', 'sim-smart']).toContain(completion.model)
  })

  test('tools are called through auto, and their results go back', async () => {
    const { completion } = await create({ tools: TOOLS, tool_choice: 'required' })
    const message = completion.choices[0]?.message
    const call = message?.tool_calls?.[0]
    if (!message || call?.type !== 'function') throw new Error('no tool was called')
    expect(call.function.name).toBe('get_weather')
    const messages = [...MESSAGES, message, { role: 'tool', tool_call_id: call.id, content: 'It rains.' }]
    expect((await create({ messages, tools: TOOLS })).completion.choices[0]?.message.content).toContain('It rains.')
    const streamed = client.chat.completions.stream({
      model: 'auto',
      messages: MESSAGES,
      tools: TOOLS,
      tool_choice: 'required',
    })
    expect((await streamed.finalChatCompletion()).choices[0]?.finish_reason).toBe('tool_calls')
  })
})

test('auto embeds a batch, shortened, in the base64 that the client asks for', async () => {
  const { data, model } = await client.embeddings.create({
    model: 'auto',
    input: ['one', 'two', 'three'],
    dimensions: 64,
  })
  expect(model).toBe('sim-embedding')
  expect(data.map(({ embedding }) => embedding.length)).toEqual([64, 64, 64])
  const [one] = (await client.embeddings.create({ model: 'auto', input: 'one', dimensions: 64 })).data
  expect(one?.embedding).toEqual(data[0]?.embedding)
})

test('an unknown objective is refused with the field and what it may be', async () => {
  const refused = create({ route: { objective: 'best' } })
  await expect(refused).rejects.toMatchObject({ status: 400, type: 'invalid_request', param: 'route.objective' })
  await expect(refused).rejects.toThrow(OBJECTIVES.map((objective) => `\`${objective}\``).join(', '))
})

describe("the workspace's defaults", () => {
  test('hold for requests that say nothing, and a request overrides them', async () => {
    await setDefaults({ objective: 'lowest-cost', fallbacks: ['sim-smart'] })
    await waitUntil(async () => (await create({})).routing.objective === 'lowest-cost' || undefined)
    expect((await create({})).completion.model).toBe('sim-fast')
    expect((await create({ route: { objective: 'highest-quality' } })).completion.model).toBe('sim-smart')
    expect((await create({ model: BROKEN })).completion.model).toBe('sim-smart')
    await expect(create({ model: BROKEN, route: { fallbacks: [] } })).rejects.toMatchObject({ status: 503 })
  })

  test('of the data policy hold whatever a request says', async () => {
    await setDefaults({ objective: null, fallbacks: null, provider: { dataCollection: 'deny', zeroRetention: true } })
    const loosened = { model: BROKEN, provider: { data_collection: 'allow', zero_retention: false } }
    // Nothing is known of what a server of one's own keeps, so that only the simulator is left.
    await waitUntil(async () => ((await statusOf(loosened)) === 400 ? true : undefined))
    expect((await create({ ...loosened, model: 'sim-fast' })).completion.model).toBe('sim-fast')
  })
})

async function create(fields: object): Promise<{ completion: OpenAI.ChatCompletion; routing: Routing }> {
  const completion = await client.chat.completions.create({ model: 'auto', messages: MESSAGES, ...fields })
  return { completion, routing: (completion as unknown as { routing: Routing }).routing }
}

async function stream(fields: object): Promise<{ text: string; routing: Routing | undefined }> {
  const chunks: OpenAI.ChatCompletionChunk[] = []
  const request = { model: 'auto', messages: MESSAGES, ...fields, stream: true } as const
  for await (const chunk of await client.chat.completions.create(request)) chunks.push(chunk)
  return {
    text: chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''),
    routing: (chunks[0] as unknown as { routing?: Routing } | undefined)?.routing,
  }
}

async function statusOf(fields: object): Promise<number> {
  try {
    await create(fields)
    return 200
  } catch (error) {
    if (error instanceof OpenAI.APIError && error.status !== undefined) return error.status
    throw error
  }
}

async function addBrokenModel(): Promise<void> {
  await ask(
    workspace,
    'mutation($workspaceId: ID!, $input: CreateModelInput!) { createModel(workspaceId: $workspaceId, input: $input) { id } }',
    {
      input: {
        id: BROKEN,
        baseUrl: provider.url(),
        // Too small for any prompt: `auto` is left with the simulator's own two.
        contextWindow: 1,
        inputUsdPerMillion: 1,
        outputUsdPerMillion: 1,
        capabilities: [],
      },
    },
  )
}

async function setDefaults(input: object): Promise<void> {
  await ask(
    workspace,
    'mutation($workspaceId: ID!, $input: WorkspaceRoutingInput!) { updateWorkspaceRouting(workspaceId: $workspaceId, input: $input) { id } }',
    { input },
  )
}
