import type Anthropic from '@anthropic-ai/sdk'
import { ConverseCommand, type ContentBlock, type Message } from '@aws-sdk/client-bedrock-runtime'
import type { Content } from '@google/genai'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { anthropic } from '../../data-plane/providers/anthropic.ts'
import { bedrock } from '../../data-plane/providers/bedrock.ts'
import type { ChatCall, Provider } from '../../data-plane/providers/provider.ts'
import { vertex } from '../../data-plane/providers/vertex.ts'
import type { ChatChunkChoice } from '../../shared/llm/stream-event.ts'
import type { Step } from '../../shared/embedded/simulator/script.ts'
import { createSimulator } from '../../shared/embedded/simulator/server.ts'
import { chatCall } from './provider-calls.ts'
import { anthropicSdk } from './sdk-requests/anthropic-sdk.ts'
import { bedrockSdk } from './sdk-requests/bedrock-sdk.ts'
import { TIME, WEATHER } from './sdk-requests/conversations.ts'
import { vertexSdk } from './sdk-requests/vertex-sdk.ts'

/**
 * A model that thought, spoke and called two tools at once is answered: what our adapter sends back of its turn, after the
 * way through OpenAI's words, is what the vendor's SDK sends back. The simulator checks the signatures as the vendors do.
 */
const MODELS = {
  claude: 'claude-haiku-4-5',
  gemini: 'gemini-3.8-flash',
  bedrock: 'eu.anthropic.claude-haiku-4-5-20251001-v1:0',
}
const simulator = createSimulator({ models: Object.values(MODELS) })

const QUESTION = 'How is it in Paris?'
const RESULTS = ['sunny', 'noon']
const asked = {
  messages: [{ role: 'user', content: QUESTION }],
  max_completion_tokens: 10_000,
  reasoning_effort: 'high',
  tools: [WEATHER, TIME].map((described) => ({ type: 'function', function: described })),
}

const TURN: Step = {
  type: 'answer',
  reasoning: 'It may rain there.',
  text: 'Let me see.',
  toolCalls: [
    { id: 'call_a', name: 'get_weather', arguments: { city: 'Paris', unit: 'celsius' } },
    { id: 'call_b', name: 'get_time', arguments: {} },
  ],
}

beforeAll(() => simulator.listen())
beforeEach(() => {
  simulator.forgetRequests()
  simulator.script.clear()
  // The SDK asks twice, then ours does.
  simulator.script.add(TURN, { type: 'answer' }, TURN)
})
afterAll(() => simulator.close())

interface Turns {
  readonly provider: Provider
  readonly call: Pick<ChatCall, 'upstreamModel' | 'secrets' | 'settings'>
  /** Asks, and answers the calls, by the SDK. */
  bySdk(): Promise<unknown>
  /** The turns of a body, without what is meant to differ. */
  turnsOf(body: unknown): unknown
}

function describeTurns(name: string, { provider, call, bySdk, turnsOf }: Turns): void {
  test.each([false, true])(`${name}: a turn goes back as the SDK sends it back (streamed: %s)`, async (stream) => {
    await bySdk()
    const sdk = simulator.requests().at(-1)?.body
    const facts = { ...call, baseUrl: simulator.origin() }
    const message = await ask(provider, chatCall({ ...facts, stream, fields: asked }))
    const results = RESULTS.map((content, at) => ({ role: 'tool', tool_call_id: message.tool_calls[at]?.id, content }))
    const ours = chatCall({ ...facts, fields: { ...asked, messages: [...asked.messages, message, ...results] } })
    await ask(provider, ours)
    expect(turnsOf(simulator.requests().at(-1)?.body)).toEqual(turnsOf(sdk))
  })
}

interface AssistantMessage {
  readonly role: 'assistant'
  readonly content: string
  readonly tool_calls: readonly { readonly id: string }[]
}

/** What a caller of ours gets, whole or put together of a stream's deltas as OpenAI's clients do. */
async function ask(provider: Provider, call: ChatCall): Promise<AssistantMessage> {
  const { url, headers, body } = provider.buildRequest(call)
  const response = await fetch(url, { method: 'POST', headers, body: String(body) })
  const bytes = Buffer.from(await response.arrayBuffer())
  expect([response.status, response.status === 200 ? '' : String(bytes)]).toEqual([200, ''])
  if (!call.stream) {
    const { choices } = provider.parseAnswer(call, bytes).body as { choices: { message: AssistantMessage }[] }
    return choices[0]?.message ?? assemble([])
  }
  const events = provider.createStreamDecoder(call).decode(bytes)
  return assemble(events.flatMap((event) => (event.type === 'chunk-delta' ? (event.chunk.choices ?? []) : [])))
}

function assemble(choices: readonly ChatChunkChoice[]): AssistantMessage {
  const message: Record<string, unknown> & AssistantMessage = { role: 'assistant', content: '', tool_calls: [] }
  for (const { delta = {} } of choices) {
    for (const [field, value] of Object.entries(delta)) {
      const before = message[field]
      if (field === 'tool_calls') Object.assign(message, { tool_calls: addCalls(message.tool_calls, value as Call[]) })
      else if (Array.isArray(value)) message[field] = [...(Array.isArray(before) ? before : []), ...value]
      else if (field !== 'role') message[field] = String(before ?? '') + String(value ?? '')
    }
  }
  return message
}

interface Call {
  readonly index: number
  readonly id: string
  readonly function?: { readonly arguments?: string }
}

function addCalls(
  calls: readonly { readonly id: string }[],
  deltas: readonly Call[],
): readonly { readonly id: string }[] {
  const list = [...calls] as Call[]
  for (const { index, ...delta } of deltas) {
    const before = list[index]
    const text = (before?.function?.arguments ?? '') + (delta.function?.arguments ?? '')
    const merged = { ...before, ...delta, function: { ...before?.function, ...delta.function, arguments: text } }
    list[index] = merged as Call
  }
  return list
}

describeTurns('anthropic', {
  provider: anthropic,
  call: { upstreamModel: MODELS.claude, secrets: { apiKey: 'test-key' }, settings: {} },
  async bySdk() {
    const { messages } = anthropicSdk.createClient(simulator.origin())
    const question: Anthropic.MessageParam = { role: 'user', content: [{ type: 'text', text: QUESTION }] }
    const tools = [WEATHER, TIME].map(({ name, description, parameters }) => ({
      name,
      description,
      input_schema: { ...parameters, type: 'object' as const },
    }))
    const thinking = { type: 'enabled' as const, budget_tokens: 6_000 }
    const params = { model: MODELS.claude, max_tokens: 10_000, thinking, tools }
    const { content } = await messages.create({ ...params, messages: [question] })
    const calls = content.filter((block) => block.type === 'tool_use')
    const results = calls.map(({ id }, at) => ({ type: 'tool_result' as const, tool_use_id: id, content: RESULTS[at] }))
    const turns = [question, { role: 'assistant' as const, content }, { role: 'user' as const, content: results }]
    return messages.create({ ...params, messages: turns })
  },
  turnsOf: (body) => withoutAbsent((body as { messages: unknown }).messages),
})

describeTurns('vertex', {
  provider: vertex,
  call: { upstreamModel: MODELS.gemini, secrets: {}, settings: vertexSdk.facts.settings },
  async bySdk() {
    const { models } = vertexSdk.createClient(simulator.origin())
    const question: Content = { role: 'user', parts: [{ text: QUESTION }] }
    const functionDeclarations = [WEATHER, TIME].map(({ name, parameters }) => ({
      name,
      parametersJsonSchema: parameters,
    }))
    const config = { tools: [{ functionDeclarations }], thinkingConfig: { includeThoughts: true } }
    const first = await models.generateContent({ model: MODELS.gemini, contents: [question], config })
    const parts = (first.functionCalls ?? []).map(({ id, name: called }, at) => ({
      functionResponse: { id, name: called, response: { output: RESULTS[at] } },
    }))
    const contents = [question, first.candidates?.[0]?.content ?? {}, { role: 'user', parts }]
    return models.generateContent({ model: MODELS.gemini, contents, config })
  },
  // The SDK sends the thoughts themselves back as well, which Google wrote for people and does not read.
  turnsOf: (body) =>
    (body as { contents: Content[] }).contents.map(({ role, parts = [] }) => ({
      role,
      parts: parts.filter(({ thought }) => !thought),
    })),
})

describeTurns('bedrock', {
  provider: bedrock,
  call: { upstreamModel: MODELS.bedrock, secrets: { apiKey: 'test-key' }, settings: bedrockSdk.facts.settings },
  async bySdk() {
    const client = bedrockSdk.createClient(simulator.origin())
    const question: Message = { role: 'user', content: [{ text: QUESTION }] }
    const tools = [WEATHER, TIME].map(({ name, parameters }) => ({
      toolSpec: { name, inputSchema: { json: parameters } },
    }))
    const additionalModelRequestFields = { thinking: { type: 'enabled', budget_tokens: 6_000 } }
    const params = { modelId: MODELS.bedrock, toolConfig: { tools }, additionalModelRequestFields }
    const first = await client.send(new ConverseCommand({ ...params, messages: [question] }))
    const content = first.output?.message?.content ?? []
    const calls = content.flatMap(({ toolUse }) => (toolUse ? [toolUse] : []))
    const results = calls.map(({ toolUseId }, at): ContentBlock => ({
      toolResult: { toolUseId, content: [{ text: RESULTS[at] ?? '' }] },
    }))
    const turns: Message[] = [question, { role: 'assistant', content }, { role: 'user', content: results }]
    return client.send(new ConverseCommand({ ...params, messages: turns }))
  },
  turnsOf: (body) => (body as { messages: unknown }).messages,
})

/**
 * The SDK sends a text's `citations: null` back, and that a call was the model's own (`caller`): to leave them out is to
 * say the same.
 */
function withoutAbsent(messages: unknown): unknown {
  const text = JSON.stringify(messages, (name, value: unknown) =>
    name === 'caller' || (name === 'citations' && value === null) ? undefined : value,
  )
  return JSON.parse(text)
}
