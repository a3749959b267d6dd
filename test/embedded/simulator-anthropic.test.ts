import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSimulator } from '../../shared/embedded/simulator/server.ts'

const simulator = createSimulator({ models: ['claude-test'], keys: ['sk-ant-right'] })
let client: Anthropic

beforeAll(async () => {
  await simulator.listen()
  client = new Anthropic({ apiKey: 'sk-ant-right', baseURL: simulator.origin(), maxRetries: 0 })
})
beforeEach(() => {
  simulator.script.clear()
  simulator.forgetRequests()
})
afterAll(() => simulator.close())

const user = (content: Anthropic.MessageParam['content']) => ({ role: 'user' as const, content })
const ask = { model: 'sim-fast', max_tokens: 2_000 }
const tools: Anthropic.Tool[] = [
  { name: 'get_weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } },
  { name: 'get_time', input_schema: { type: 'object', properties: { zone: { type: 'string' } } } },
]
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

describe('Anthropic’s SDK and the simulator', () => {
  test('a chat with a system prompt and pictures is answered, and counted in Anthropic’s way', async () => {
    const message = await client.messages.create({
      ...ask,
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      messages: [
        user([
          { type: 'text', text: 'What is the capital of France?' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } },
          { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
        ]),
      ],
    })
    expect(message).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: 'sim-fast',
      content: [{ type: 'text', text: 'The capital of France is Paris.' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { cache_read_input_tokens: 0, cache_creation_input_tokens: 0, output_tokens: 7 },
    })
    expect(message.usage.input_tokens).toBe(191)
    expect(message.id).toMatch(/^msg_/)
  })

  test('a stream adds up to the whole answer', async () => {
    const request = { ...ask, model: 'sim-smart', messages: [user('Who wrote Hamlet?')] }
    const whole = await client.messages.create(request)
    const streamed = await client.messages.stream(request).finalMessage()
    expect(streamed).toEqual({ ...whole, id: streamed.id, parsed_output: null })
  })

  test('parallel tool calls are made, whole and streamed, and their results are heard', async () => {
    const question = user('get_weather and get_time, please')
    const whole = await client.messages.create({ ...ask, tools, messages: [question] })
    expect(whole.stop_reason).toBe('tool_use')
    expect(whole.content.map((block) => block.type === 'tool_use' && block.name)).toEqual(['get_weather', 'get_time'])
    const streamed = await client.messages.stream({ ...ask, tools, messages: [question] }).finalMessage()
    expect(streamed.content).toEqual(whole.content)
    const answered = await client.messages.create({
      ...ask,
      tools,
      messages: [
        question,
        { role: 'assistant', content: whole.content },
        user(
          whole.content.map((block, index) => ({
            type: 'tool_result',
            tool_use_id: block.type === 'tool_use' ? block.id : '',
            content: [{ type: 'text', text: `result ${index}` }],
          })),
        ),
      ],
    })
    expect(answered.content).toMatchObject([{ text: 'The tool answered: result 1' }])
  })

  test('tool_choice decides, and one call at most is made where more are forbidden', async () => {
    const called = async (choice: Anthropic.ToolChoice, text: string) => {
      const { content } = await client.messages.create({ ...ask, tools, tool_choice: choice, messages: [user(text)] })
      return content.flatMap((block) => (block.type === 'tool_use' ? [block.name] : []))
    }
    expect(await called({ type: 'none' }, 'get_weather')).toEqual([])
    expect(await called({ type: 'any' }, 'hello')).toEqual(['get_weather'])
    expect(await called({ type: 'tool', name: 'get_time' }, 'hello')).toEqual(['get_time'])
    expect(await called({ type: 'auto', disable_parallel_tool_use: true }, 'get_weather get_time')).toHaveLength(1)
  })

  test('thoughts are shown when asked for, signed, and taken back only unchanged', async () => {
    const thinking = { type: 'enabled' as const, budget_tokens: 1_024 }
    const question = user('get_weather')
    const message = await client.messages.stream({ ...ask, thinking, tools, messages: [question] }).finalMessage()
    const [thought, call] = message.content
    if (thought?.type !== 'thinking' || call?.type !== 'tool_use') throw new Error('it did not think and call')
    expect(thought.thinking).toContain('get_weather')
    const goOn = (signature: string) =>
      client.messages.create({
        ...ask,
        thinking,
        tools,
        messages: [
          question,
          { role: 'assistant', content: [{ ...thought, signature }, call] },
          user([{ type: 'tool_result', tool_use_id: call.id, content: 'sunny' }]),
        ],
      })
    expect((await goOn(thought.signature)).content.at(-1)).toMatchObject({ text: 'The tool answered: sunny' })
    await expect(goOn('forged')).rejects.toThrow('Invalid `signature` in `thinking` block')
  })

  test('a schema is honoured, a stop sequence is named, a limit is said', async () => {
    const schema = { type: 'object', properties: { verdict: { enum: ['pass'] } }, required: ['verdict'] }
    const asked = await client.messages.create({
      ...ask,
      output_config: { format: { type: 'json_schema', schema } },
      messages: [user('judge')],
    })
    expect(asked.content).toMatchObject([{ text: '{"verdict":"pass"}' }])
    const stopped = await client.messages.create({ ...ask, stop_sequences: ['END'], messages: [user('one END two')] })
    expect(stopped).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'END', content: [{ text: 'one ' }] })
    const cut = await client.messages.create({ ...ask, max_tokens: 1, messages: [user('one two')] })
    expect(cut).toMatchObject({ stop_reason: 'max_tokens', content: [{ text: 'one' }] })
  })

  test('a script’s caches and reasoning are counted apart from the input, streamed alike', async () => {
    simulator.script.add({
      type: 'answer',
      text: 'scripted',
      reasoning: 'well',
      times: 2,
      usage: {
        prompt_tokens: 1_000,
        completion_tokens: 50,
        prompt_tokens_details: { cached_tokens: 600, cache_write_tokens: 300, cache_write_1h_tokens: 100 },
        completion_tokens_details: { reasoning_tokens: 20 },
      },
    })
    const counted = {
      input_tokens: 100,
      cache_read_input_tokens: 600,
      cache_creation_input_tokens: 300,
      cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 100 },
      output_tokens: 50,
      output_tokens_details: { thinking_tokens: 20 },
    }
    const request = { ...ask, messages: [user('x')] }
    const whole = await client.messages.create(request)
    expect(whole.usage).toMatchObject(counted)
    expect(whole.content.map(({ type }) => type)).toEqual(['thinking', 'text'])
    expect((await client.messages.stream(request).finalMessage()).usage).toMatchObject(counted)
  })

  test.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [403, 'permission_error'],
    [404, 'not_found_error'],
    [413, 'request_too_large'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [529, 'overloaded_error'],
  ])('status %i comes with Anthropic’s error %s', async (status, type) => {
    simulator.script.add({ type: 'status', status, headers: { 'retry-after': '7' } })
    const failed = client.messages.create({ ...ask, messages: [user('x')] })
    const error: unknown = await failed.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Anthropic.APIError)
    expect(error).toMatchObject({ status, type, requestID: expect.any(String) })
    expect((error as InstanceType<typeof Anthropic.APIError>).headers?.get('retry-after')).toBe('7')
  })

  test('an error inside a stream is Anthropic’s error event', async () => {
    simulator.script.add({ type: 'error-event', afterChunks: 3 })
    const failed = client.messages.stream({ ...ask, messages: [user('one two')] }).finalMessage()
    await expect(failed).rejects.toMatchObject({ type: 'overloaded_error' })
  })

  test('a stream without its message_stop has everything else', async () => {
    simulator.script.add({ type: 'missing-done' })
    const types: string[] = []
    const stream = await client.messages.create({ ...ask, stream: true, messages: [user('one')] })
    for await (const { type } of stream) types.push(type)
    expect(types).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
    ])
  })

  test('a stream that is cut or malformed fails in the SDK', async () => {
    simulator.script.add({ type: 'cut-mid-stream', afterChunks: 3 }, { type: 'malformed-chunk', afterChunks: 2 })
    const request = { ...ask, messages: [user('one')] }
    await expect(client.messages.stream(request).finalMessage()).rejects.toThrow('terminated')
    const silent = client.withOptions({ logLevel: 'off' })
    await expect(silent.messages.stream(request).finalMessage()).rejects.toThrow('JSON')
  })

  test('a wrong key and an unknown model are refused in Anthropic’s words', async () => {
    const stranger = client.withOptions({ apiKey: 'sk-ant-wrong' })
    const request = { ...ask, messages: [user('x')] }
    await expect(stranger.messages.create(request)).rejects.toMatchObject({ type: 'authentication_error' })
    await expect(client.messages.create({ ...request, model: 'claude-9' })).rejects.toMatchObject({ status: 404 })
    expect((await client.messages.create({ ...request, model: 'claude-test' })).model).toBe('claude-test')
  })
})

describe('the simulator as Anthropic', () => {
  const post = async (body: object, headers = {}) => {
    const response = await fetch(`${simulator.origin()}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': 'sk-ant-right', 'anthropic-version': '2026-10-21', ...headers },
      body: JSON.stringify({ ...ask, messages: [user('x')], ...body }),
    })
    return { status: response.status, body: (await response.json()) as { error?: { message: string } } }
  }
  const call = { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'get_time', input: {} }] }

  test.each([
    ['a field it does not know', { frequency_penalty: 1 }, 'frequency_penalty: Extra inputs are not permitted'],
    ['no limit', { max_tokens: undefined }, 'max_tokens'],
    ['sampling, which this version gave up', { temperature: 0.5 }, 'temperature: Extra inputs are not permitted'],
    ['an empty text', { messages: [user([{ type: 'text', text: '' }])] }, 'text content blocks must be non-empty'],
    ['no user first', { messages: [{ role: 'assistant', content: 'x' }] }, 'first message must use the "user" role'],
    ['a call left unanswered', { tools, messages: [user('x'), call, user('y')] }, '`tool_use` ids were found without'],
    [
      'an answer to no call',
      { tools, messages: [user([{ type: 'tool_result', tool_use_id: 'b', content: 'y' }])] },
      'unexpected `tool_use_id` found',
    ],
    ['a choice of no tools', { tool_choice: { type: 'any' } }, 'only be specified while providing tools'],
    ['thinking beyond the limit', { thinking: { type: 'enabled', budget_tokens: 9_999 } }, 'budget_tokens'],
    [
      'thinking with a forced tool',
      { thinking: { type: 'adaptive' }, tools, tool_choice: { type: 'any' } },
      'Thinking may not be enabled when tool_choice forces tool use',
    ],
  ])('%s is refused', async (_name, body, reason) => {
    const answer = await post(body)
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } })
    expect(answer.body.error?.message).toContain(reason)
  })

  test('the older version still samples, and a version that never was is refused', async () => {
    expect(await post({ temperature: 0.5, top_k: 3 }, { 'anthropic-version': '2023-06-01' })).toMatchObject({
      status: 200,
    })
    expect(await post({}, { 'anthropic-version': '1999-01-01' })).toMatchObject({ status: 400 })
  })
})
