import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSimulator } from '../../shared/embedded/simulator/server.ts'
import { countTokens, splitTokens } from '../../shared/embedded/simulator/tokens.ts'

const simulator = createSimulator()
let client: OpenAI

beforeAll(async () => {
  await simulator.listen()
  client = new OpenAI({ apiKey: 'any', baseURL: simulator.url(), maxRetries: 0 })
})
afterAll(() => simulator.close())

const user = (content: string) => ({ role: 'user' as const, content })
const weather = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
      required: ['unit'],
    },
  },
}

describe('a chat with the simulator', () => {
  test('a known fact is answered, and more fully by sim-smart', async () => {
    const ask = (model: string) =>
      client.chat.completions.create({ model, messages: [user('What is the capital of France?')] })
    const [fast, smart] = [await ask('sim-fast'), await ask('sim-smart')]
    expect(fast.choices[0]?.message.content).toBe('The capital of France is Paris.')
    expect(smart.choices[0]?.message.content).toMatch(/^The capital of France is Paris\. .+/)
    expect(fast.choices[0]?.finish_reason).toBe('stop')
  })

  test.each([
    ['12 + 30', '42'],
    ['What is 7 times 6?', '42'],
    ['84 / 2 =', '42'],
    ['1 / 0', 'Nothing can be divided by zero.'],
  ])('%s is %s', async (question, answer) => {
    const completion = await client.chat.completions.create({ model: 'sim-fast', messages: [user(question)] })
    expect(completion.choices[0]?.message.content).toBe(answer)
  })

  test('anything else is the last message of the user again', async () => {
    const messages = [user('first'), { role: 'assistant' as const, content: 'yes' }, user('On 2024-01-05 we met.')]
    const completion = await client.chat.completions.create({ model: 'sim-fast', messages })
    expect(completion.choices[0]?.message.content).toBe('On 2024-01-05 we met.')
  })

  test('the tokens of a stream joined are the JSON answer, and its usage is the same', async () => {
    const request = { model: 'sim-smart', messages: [user('Say  this:\n twice, — please! ')] }
    const whole = await client.chat.completions.create(request)
    const stream = await client.chat.completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ''
    let usage: unknown
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      usage = chunk.usage ?? usage
    }
    expect(text).toBe(whole.choices[0]?.message.content)
    expect(usage).toEqual(whole.usage)
    expect(whole.usage?.prompt_tokens_details).toEqual({ cached_tokens: 0 })
  })

  test('without include_usage no chunk of a stream carries usage', async () => {
    const stream = await client.chat.completions.create({ model: 'sim-fast', messages: [user('hi')], stream: true })
    for await (const chunk of stream) expect(chunk.usage).toBeUndefined()
  })

  test.each(['max_tokens', 'max_completion_tokens'])('%s cuts the answer and says so', async (limit) => {
    const completion = await client.chat.completions.create({
      model: 'sim-fast',
      messages: [user('one two three four')],
      [limit]: 2,
    })
    expect(completion.choices[0]).toMatchObject({ message: { content: 'one two' }, finish_reason: 'length' })
    expect(completion.usage?.completion_tokens).toBe(2)
  })

  test('a stop sequence ends the answer before it', async () => {
    const completion = await client.chat.completions.create({
      model: 'sim-fast',
      messages: [user('one two END three')],
      stop: ['END', 'three'],
    })
    expect(completion.choices[0]).toMatchObject({ message: { content: 'one two ' }, finish_reason: 'stop' })
  })

  test('a tool that the user names is called with arguments that fit its schema', async () => {
    const completion = await client.chat.completions.create({
      model: 'sim-fast',
      messages: [user('Please get weather for Paris')],
      tools: [weather],
    })
    const call = completion.choices[0]?.message.tool_calls?.[0]
    expect(completion.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } })
    expect(call).toMatchObject({ type: 'function', function: { name: 'get_weather' } })
    expect(JSON.parse(call?.type === 'function' ? call.function.arguments : '')).toEqual({ unit: 'celsius' })
  })

  test('the deltas of a streamed tool call joined are the call', async () => {
    const runner = client.chat.completions.stream({
      model: 'sim-fast',
      messages: [user('get_weather')],
      tools: [weather],
    })
    const message = await runner.finalMessage()
    expect(message.tool_calls?.[0]).toMatchObject({
      function: { name: 'get_weather', arguments: '{"unit":"celsius"}' },
    })
  })

  test('tool_choice decides over what the message says', async () => {
    const ask = async (choice: OpenAI.ChatCompletionToolChoiceOption, text: string) => {
      const messages = [user(text)]
      const completion = await client.chat.completions.create({
        model: 'sim-fast',
        messages,
        tools: [weather],
        tool_choice: choice,
      })
      return completion.choices[0]?.finish_reason
    }
    expect(await ask('none', 'get_weather')).toBe('stop')
    expect(await ask('required', 'hello')).toBe('tool_calls')
    expect(await ask({ type: 'function', function: { name: 'get_weather' } }, 'hello')).toBe('tool_calls')
  })

  test('a tool that has answered is not called again', async () => {
    const completion = await client.chat.completions.create({
      model: 'sim-fast',
      messages: [user('get_weather'), { role: 'tool', tool_call_id: 'x', content: 'sunny' }],
      tools: [weather],
    })
    expect(completion.choices[0]?.message.content).toBe('The tool answered: sunny')
  })

  test('json_object and json_schema are answered with an object that fits', async () => {
    const schema = {
      type: 'object',
      properties: {
        score: { type: 'integer', minimum: 3, maximum: 5 },
        verdict: { enum: ['pass', 'fail'] },
        tags: { type: 'array', items: { $ref: '#/$defs/tag' }, minItems: 2 },
        why: { type: 'string', maxLength: 5 },
      },
      required: ['score', 'verdict', 'tags', 'why'],
      $defs: { tag: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } },
    }
    const ask = async (format: OpenAI.ChatCompletionCreateParams['response_format']) => {
      const messages = [user('judgement')]
      const completion = await client.chat.completions.create({ model: 'sim-fast', messages, response_format: format })
      return JSON.parse(completion.choices[0]?.message.content ?? '')
    }
    expect(await ask({ type: 'json_object' })).toEqual({ answer: 'judgement' })
    expect(await ask({ type: 'json_schema', json_schema: { name: 'x', schema } })).toEqual({
      score: 3,
      verdict: 'pass',
      tags: [{ name: 'judgement' }, { name: 'judgement' }],
      why: 'judge',
    })
  })
})

describe('embeddings of the simulator', () => {
  const length = (vector: number[]) => Math.hypot(...vector)
  const product = (a: number[], b: number[]) => a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)

  test('are of unit length, the same for the same text, and closer for a similar one', async () => {
    const input = ['the cat sat', 'the cat sat', 'the cat ran', 'stock prices fell']
    const { data, usage } = await client.embeddings.create({ model: 'sim-embedding', input })
    const [a = [], same = [], similar = [], other = []] = data.map(({ embedding }) => embedding)
    expect(length(a)).toBeCloseTo(1, 5)
    expect(same).toEqual(a)
    expect(product(a, similar)).toBeGreaterThan(product(a, other))
    expect(usage).toEqual({ prompt_tokens: 12, total_tokens: 12 })
  })

  test('have as many dimensions as asked for, as floats and in base64 alike', async () => {
    const ask = (format: 'float' | 'base64') =>
      client.embeddings.create({ model: 'sim-embedding', input: 'x', dimensions: 8, encoding_format: format })
    const [floats, base64] = [await ask('float'), await ask('base64')]
    expect(floats.data[0]?.embedding).toHaveLength(8)
    const bytes = Buffer.from(String(base64.data[0]?.embedding), 'base64')
    expect(bytes.readFloatLE(4)).toBe(floats.data[0]?.embedding[1])
  })

  test('tokens may be given in place of a text', async () => {
    const { data } = await client.embeddings.create({ model: 'sim-embedding', input: [[1, 2], [3]] })
    expect(data).toHaveLength(2)
  })
})

describe('the simulator as OpenAI', () => {
  const chat = (body: unknown, headers = {}) =>
    fetch(`${simulator.url()}/chat/completions`, { method: 'POST', headers, body: JSON.stringify(body) })

  test('lists its models and shows one', async () => {
    const ids = (await client.models.list()).data.map(({ id }) => id)
    expect(ids).toEqual(['sim-fast', 'sim-smart', 'sim-embedding'])
    expect(await client.models.retrieve('sim-fast')).toMatchObject({ id: 'sim-fast', owned_by: 'simulator' })
  })

  const message = user('x')
  test.each([
    ['no messages', { model: 'sim-fast', messages: [] }, { status: 400, param: 'messages' }],
    [
      'a wrong type',
      { model: 'sim-fast', messages: [message], max_tokens: 'many' },
      { status: 400, param: 'max_tokens' },
    ],
    ['more than one choice', { model: 'sim-fast', messages: [message], n: 2 }, { status: 400, param: 'n' }],
    ['an unknown model', { model: 'gpt-9', messages: [message] }, { status: 404, param: null }],
  ])('%s is refused in the shape of OpenAI', async (_name, body, { status, param }) => {
    const response = await chat(body)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error', param } })
  })

  test('a body that is not JSON and a path that does not exist are refused', async () => {
    const broken = await fetch(`${simulator.url()}/chat/completions`, { method: 'POST', body: '{"model":' })
    expect(broken.status).toBe(400)
    const lost = await fetch(`${simulator.url()}/nowhere`)
    expect(await lost.json()).toMatchObject({ error: { code: 'unknown_url' } })
  })

  test('only a listed key is let in where keys are listed', async () => {
    const guarded = createSimulator({ keys: ['sk-right'] })
    await guarded.listen()
    const ask = (apiKey: string) =>
      new OpenAI({ apiKey, baseURL: guarded.url(), maxRetries: 0 }).models.list().withResponse()
    await expect(ask('sk-wrong')).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' })
    expect((await ask('sk-right')).response.status).toBe(200)
    await guarded.close()
  })

  test('the headers of a request set its latency and its pace', async () => {
    const body = { model: 'sim-fast', messages: [user('a b c d e')] }
    const timed = async (headers: Record<string, string>) => {
      const started = performance.now()
      await (await chat(body, headers)).text()
      return performance.now() - started
    }
    expect(await timed({ 'x-simulator-latency-ms': '40' })).toBeGreaterThanOrEqual(38)
    expect(await timed({ 'x-simulator-tokens-per-second': '100' })).toBeGreaterThanOrEqual(48)
  })

  test('a stream keeps to its pace', async () => {
    const started = performance.now()
    const headers = { 'x-simulator-tokens-per-second': '200' }
    await (await chat({ model: 'sim-fast', stream: true, messages: [user('a b c d e f g h')] }, headers)).text()
    expect(performance.now() - started).toBeGreaterThanOrEqual(45)
  })
})

describe('tokens', () => {
  test('joined are the text', () => {
    const text = ' Grüße,  Welt!\n\nfoo_bar 1.5 日本語 🎉 '
    expect(splitTokens(text).join('')).toBe(text)
  })

  test('are words and marks', () => {
    expect(countTokens('Hello, world!')).toBe(4)
    expect(countTokens('')).toBe(0)
  })
})
