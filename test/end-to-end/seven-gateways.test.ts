import { generateKeyPairSync } from 'node:crypto'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSimulator, type Simulator } from '../../shared/embedded/simulator/server.ts'
import { ask, readCalls } from '../helpers/ask.ts'
import type { ServedWorkspace } from '../helpers/running-signalbox.ts'
import { workspaceInShared } from '../helpers/shared-signalbox.ts'
import { waitUntil } from '../helpers/wait-until.ts'

// A second: a whole Signalbox, with a simulator of the vendors' wire formats behind it.
const LIMIT_MS = 60_000

const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const QUESTION: OpenAI.ChatCompletionMessageParam[] = [
  { role: 'system', content: 'You are brief.' },
  {
    role: 'user',
    content: [
      { type: 'text', text: 'Call get_weather and get_time for the place in the picture — grüße aus Zürich 🚆.' },
      { type: 'image_url', image_url: { url: PIXEL } },
    ],
  },
]
const parameters = { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] }
const TOOLS: OpenAI.ChatCompletionTool[] = ['get_weather', 'get_time'].map((name) => ({
  type: 'function',
  function: { name, description: `The ${name.slice(4)} of a place.`, parameters },
}))

interface GatewayCase {
  readonly gateway: string
  /** The credential's secret, with the simulator in the place of the vendor. */
  readonly secret: (origin: string) => string
  readonly settings?: readonly { name: string; value: string }[]
  /** What of the simulator's address the credential names. */
  readonly base: (origin: string) => string
  /** The vendor's own paths, whole and streamed. */
  readonly paths: readonly [string, string]
}

const plain = { secret: () => 'sk-simulated-0001', base: (origin: string) => `${origin}/v1` }
const openAiPaths = ['/v1/chat/completions', '/v1/chat/completions'] as const
const VERTEX = '/v1/projects/trains-1/locations/global/publishers/google/models/sim-smart'

const GATEWAYS: readonly GatewayCase[] = [
  { gateway: 'openai', ...plain, paths: openAiPaths },
  { gateway: 'openrouter', ...plain, settings: [{ name: 'title', value: 'Signalbox' }], paths: openAiPaths },
  { gateway: 'portkey', ...plain, settings: [{ name: 'provider', value: 'openai' }], paths: openAiPaths },
  {
    gateway: 'helicone',
    ...plain,
    secret: () => JSON.stringify({ apiKey: 'sk-simulated-0001', heliconeKey: 'sk-helicone-0001' }),
    paths: openAiPaths,
  },
  {
    gateway: 'anthropic',
    secret: () => 'sk-ant-simulated-0001',
    base: (origin) => origin,
    paths: ['/v1/messages', '/v1/messages'],
  },
  {
    gateway: 'vertex',
    secret: serviceAccount,
    base: (origin) => origin,
    paths: [`${VERTEX}:generateContent`, `${VERTEX}:streamGenerateContent`],
  },
  {
    gateway: 'bedrock',
    secret: () =>
      JSON.stringify({
        accessKeyId: 'AKIASIMULATED0000001',
        secretAccessKey: 'simulated/secret/of/forty/characters+000',
      }),
    settings: [{ name: 'region', value: 'eu-central-1' }],
    base: (origin) => origin,
    paths: ['/model/sim-smart/converse', '/model/sim-smart/converse-stream'],
  },
]

let simulator: Simulator
let workspace: ServedWorkspace
let client: OpenAI

beforeAll(async () => {
  simulator = createSimulator()
  await simulator.listen()
  workspace = await workspaceInShared()
  for (const each of GATEWAYS) await addModel(each)
  const { apiKey, dataPlaneUrl } = workspace
  client = new OpenAI({ apiKey, baseURL: `${dataPlaneUrl}/v1`, maxRetries: 0 })
  await waitUntil(async () => {
    const { data } = await client.models.list()
    return GATEWAYS.every(({ gateway }) => data.some(({ id }) => id === modelOf(gateway))) ? true : undefined
  })
}, LIMIT_MS)
afterAll(async () => {
  await simulator.close()
}, LIMIT_MS)

describe.each(GATEWAYS)('$gateway', ({ gateway, paths }) => {
  const model = modelOf(gateway)

  test('a conversation with two tools and an image is answered as by every other gateway, whole and streamed', async () => {
    simulator.forgetRequests()
    const whole = await client.chat.completions.create({ model, messages: QUESTION, tools: TOOLS })
    const streamed = await collect(client, { model, messages: QUESTION, tools: TOOLS })
    const first = whole.choices[0]
    expect(first?.finish_reason).toBe('tool_calls')
    expect(callsOf(first?.message)).toEqual([
      { name: 'get_weather', arguments: { place: expect.any(String) } },
      { name: 'get_time', arguments: { place: expect.any(String) } },
    ])
    expect(callsOf(streamed.message)).toEqual(callsOf(first?.message))
    expect(streamed.finishReason).toBe('tool_calls')
    expect(whole.model).toBe(model)
    expect(whole.id).toMatch(/^nrc_/)
    // The picture alone counts 85.
    expect(whole.usage?.prompt_tokens).toBeGreaterThan(85)
    expect(streamed.usage).toEqual(whole.usage)
    const asked = simulator.requests().filter(({ path }) => path !== '/token')
    expect(asked.map(({ path }) => path)).toEqual(paths)
  })

  test('the tools’ results go back, and the answer is the same text, whole and streamed', async () => {
    const { choices } = await client.chat.completions.create({ model, messages: QUESTION, tools: TOOLS })
    const message = choices[0]?.message
    if (!message) throw new Error('there was no answer')
    const results = (message.tool_calls ?? []).map(({ id }, index) => ({
      role: 'tool' as const,
      tool_call_id: id,
      content: index === 0 ? 'It rains — 7 °C' : 'It is noon — 12:00 ☀',
    }))
    const messages = [...QUESTION, message, ...results]
    const whole = await client.chat.completions.create({ model, messages, tools: TOOLS })
    const streamed = await collect(client, { model, messages, tools: TOOLS })
    expect(whole.choices[0]?.message.content).toBe('The tool answered: It is noon — 12:00 ☀')
    expect(whole.choices[0]?.finish_reason).toBe('stop')
    expect(streamed.message.content).toBe(whole.choices[0]?.message.content)
    expect(streamed.finishReason).toBe('stop')
  })
})

test('every call is in the record with its gateway, and priced', async () => {
  const calls = await waitUntil(async () => {
    const all = await readCalls(workspace)
    return all.length === GATEWAYS.length * 5 ? all : undefined
  })
  expect(calls.every(({ status, costNanodollars }) => status === 'succeeded' && costNanodollars > 0)).toBe(true)
})

function modelOf(gateway: string): string {
  return `trains-at-${gateway}`
}

async function addModel({ gateway, secret, settings = [], base }: GatewayCase): Promise<void> {
  const origin = simulator.origin()
  const { createCredential } = await ask<{ createCredential: { id: string } }>(
    workspace,
    `mutation($workspaceId: ID!, $input: CreateCredentialInput!) {
      createCredential(workspaceId: $workspaceId, input: $input) { id }
    }`,
    { input: { name: gateway, gateway, secret: secret(origin), settings, baseUrl: base(origin) } },
  )
  await ask(
    workspace,
    `mutation($workspaceId: ID!, $input: CreateModelInput!) { createModel(workspaceId: $workspaceId, input: $input) { id } }`,
    {
      input: {
        id: modelOf(gateway),
        upstreamModel: 'sim-smart',
        credentialId: createCredential.id,
        inputUsdPerMillion: 1,
        outputUsdPerMillion: 4,
      },
    },
  )
}

function serviceAccount(origin: string): string {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  return JSON.stringify({
    type: 'service_account',
    project_id: 'trains-1',
    private_key_id: 'key-1',
    private_key: privateKey,
    client_email: 'signalbox@trains-1.iam.gserviceaccount.com',
    token_uri: `${origin}/token`,
  })
}

interface Collected {
  readonly message: OpenAI.ChatCompletionMessage
  readonly finishReason: string
  readonly usage: OpenAI.CompletionUsage | undefined
}

/** The stream as the official client itself puts it together. */
async function collect(
  openAi: OpenAI,
  request: Omit<OpenAI.ChatCompletionCreateParamsStreaming, 'stream'>,
): Promise<Collected> {
  const stream = openAi.chat.completions.stream({ ...request, stream_options: { include_usage: true } })
  const { choices, usage } = await stream.finalChatCompletion()
  const [choice] = choices
  if (!choice) throw new Error('the stream gave no answer')
  return { message: choice.message, finishReason: choice.finish_reason, usage }
}

function callsOf(message: OpenAI.ChatCompletionMessage | undefined): { name: string; arguments: unknown }[] {
  return (message?.tool_calls ?? []).flatMap((call) =>
    call.type === 'function'
      ? [{ name: call.function.name, arguments: JSON.parse(call.function.arguments) as unknown }]
      : [],
  )
}
