import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSimulator } from '../../shared/embedded/simulator/server.ts'

const simulator = createSimulator()
let client: OpenAI

beforeAll(async () => {
  await simulator.listen()
  client = new OpenAI({ apiKey: 'any', baseURL: simulator.url(), maxRetries: 0 })
})
beforeEach(() => simulator.script.clear())
afterAll(() => simulator.close())

const messages = [{ role: 'user' as const, content: 'get_weather and get_time, please' }]
const tools = ['get_weather', 'get_time'].map((name) => ({
  type: 'function' as const,
  function: { name, parameters: { type: 'object', properties: { place: { type: 'string' } } } },
}))

describe('OpenAI’s SDK and the simulator', () => {
  test('parallel tool calls are made, whole and streamed', async () => {
    const request = { model: 'sim-fast', messages, tools }
    const whole = await client.chat.completions.create(request)
    const streamed = await client.chat.completions.stream(request).finalMessage()
    const calls = (message: OpenAI.ChatCompletionMessage | undefined) =>
      message?.tool_calls?.map(
        (call) => call.type === 'function' && [call.id, call.function.name, call.function.arguments],
      )
    expect(calls(whole.choices[0]?.message)?.map((call) => call && call[1])).toEqual(['get_weather', 'get_time'])
    expect(calls(streamed)).toEqual(calls(whole.choices[0]?.message))
  })

  test('a script may have it think, speak and call at once', async () => {
    const toolCalls = [{ name: 'get_time', arguments: '{"place": 1.0}' }]
    simulator.script.add({ type: 'answer', reasoning: 'well then', text: 'Let me see.', toolCalls, times: 2 })
    const whole = await client.chat.completions.create({ model: 'sim-fast', messages })
    expect(whole.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'Let me see.',
        reasoning_content: 'well then',
        tool_calls: [{ function: { arguments: '{"place": 1.0}' } }],
      },
    })
    expect(whole.usage?.completion_tokens_details?.reasoning_tokens).toBe(2)
    const stream = await client.chat.completions.create({ model: 'sim-fast', messages, stream: true })
    let thought = ''
    let text = ''
    for await (const { choices } of stream) {
      const delta: { content?: string | null; reasoning_content?: string } = choices[0]?.delta ?? {}
      thought += delta.reasoning_content ?? ''
      text += delta.content ?? ''
    }
    expect([thought, text]).toEqual(['well then', 'Let me see.'])
  })

  test('clients of other vendors have a base without /v1', () => {
    expect(`${simulator.origin()}/v1`).toBe(simulator.url())
  })
})
