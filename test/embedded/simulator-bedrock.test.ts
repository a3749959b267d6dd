import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  type ContentBlock,
  type ConverseCommandInput,
  type ConverseStreamOutput,
  type Message,
  type Tool,
  type ToolChoice,
} from '@aws-sdk/client-bedrock-runtime'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSimulator } from '../../shared/embedded/simulator/server.ts'

const PROFILE = 'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-test-v1:0'
const simulator = createSimulator({ models: [PROFILE], keys: ['AKIDSIMULATOR', 'bedrock-api-key'] })
let client: BedrockRuntimeClient

beforeAll(async () => {
  await simulator.listen()
  client = createClient({ credentials: { accessKeyId: 'AKIDSIMULATOR', secretAccessKey: 'secret' } })
})
beforeEach(() => {
  simulator.script.clear()
  simulator.forgetRequests()
})
afterAll(() => simulator.close())

/** With HTTP/1.1: the SDK's own choice is HTTP/2, which Bedrock offers beside it and the simulator does not. */
function createClient(auth: object): BedrockRuntimeClient {
  const requestHandler = new NodeHttpHandler()
  return new BedrockRuntimeClient({
    region: 'eu-west-1',
    endpoint: simulator.origin(),
    maxAttempts: 1,
    requestHandler,
    ...auth,
  })
}

const user = (...content: ContentBlock[]): Message => ({ role: 'user', content })
const base = { modelId: 'sim-fast' }
const converse = (input: Omit<ConverseCommandInput, 'modelId'>) =>
  client.send(new ConverseCommand({ ...base, ...input }))
const tools: Tool[] = ['get_weather', 'get_time'].map((name) => ({
  toolSpec: { name, inputSchema: { json: { type: 'object', properties: { place: { type: 'string' } } } } },
}))
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

async function stream(input: Omit<ConverseCommandInput, 'modelId'>): Promise<ConverseStreamOutput[]> {
  const answer = await client.send(new ConverseStreamCommand({ ...base, ...input }))
  const events: ConverseStreamOutput[] = []
  for await (const event of answer.stream ?? []) events.push(event)
  return events
}

/** The blocks that a stream adds up to. */
function assemble(events: readonly ConverseStreamOutput[]): ContentBlock[] {
  const blocks: { text: string; input: string; thought: string; signature?: string; start?: object }[] = []
  for (const { contentBlockStart: started, contentBlockDelta: added } of events) {
    const index = started?.contentBlockIndex ?? added?.contentBlockIndex
    if (index === undefined) continue
    const block = (blocks[index] ??= { text: '', input: '', thought: '' })
    if (started?.start?.toolUse) block.start = started.start.toolUse
    block.text += added?.delta?.text ?? ''
    block.input += added?.delta?.toolUse?.input ?? ''
    block.thought += added?.delta?.reasoningContent?.text ?? ''
    block.signature = added?.delta?.reasoningContent?.signature ?? block.signature
  }
  return blocks.map(({ text, input, thought, signature, start }) => {
    if (start) return { toolUse: { ...start, input: JSON.parse(input) } } as ContentBlock
    return thought ? { reasoningContent: { reasoningText: { text: thought, signature } } } : { text }
  })
}

describe('Amazon’s SDK and the simulator', () => {
  test('a chat with a system prompt and a picture is answered and counted', async () => {
    const answer = await converse({
      system: [{ text: 'Be brief.' }, { cachePoint: { type: 'default' } }],
      messages: [
        user({ text: 'What is the capital of France?' }, { image: { format: 'png', source: { bytes: PIXEL } } }),
      ],
      inferenceConfig: { maxTokens: 100, temperature: 0, topP: 0.5 },
    })
    expect(answer).toMatchObject({
      output: { message: { role: 'assistant', content: [{ text: 'The capital of France is Paris.' }] } },
      stopReason: 'end_turn',
      usage: { inputTokens: 106, outputTokens: 7, totalTokens: 113, cacheReadInputTokens: 0, cacheWriteInputTokens: 0 },
    })
  })

  test('a stream adds up to the whole answer', async () => {
    const request = { messages: [user({ text: 'Who wrote Hamlet?' })] }
    const whole = await converse(request)
    const events = await stream(request)
    expect(assemble(events)).toEqual(whole.output?.message?.content)
    expect(events.at(-2)).toEqual({ messageStop: { stopReason: 'end_turn' } })
    expect(events.at(-1)?.metadata?.usage).toEqual(whole.usage)
  })

  test('parallel tool calls are made, whole and streamed, and their results are heard', async () => {
    const question = user({ text: 'get_weather and get_time, please' })
    const request = { messages: [question], toolConfig: { tools } }
    const whole = await converse(request)
    const said = whole.output?.message?.content ?? []
    expect(whole.stopReason).toBe('tool_use')
    expect(said.map(({ toolUse }) => toolUse?.name)).toEqual(['get_weather', 'get_time'])
    expect(assemble(await stream(request))).toEqual(said)
    const results = said.map(({ toolUse }, index): ContentBlock => {
      const content = index === 0 ? [{ text: 'sunny' }] : [{ json: { time: 'noon' } }]
      return { toolResult: { toolUseId: toolUse?.toolUseId, content, status: 'success' } }
    })
    const messages = [question, { role: 'assistant' as const, content: said }, user(...results)]
    const answered = await converse({ messages, toolConfig: { tools } })
    expect(answered.output?.message?.content).toEqual([{ text: 'The tool answered: {"time":"noon"}' }])
  })

  test('the tool choice decides', async () => {
    const called = async (toolChoice: ToolChoice) => {
      const answer = await converse({ messages: [user({ text: 'hello' })], toolConfig: { tools, toolChoice } })
      return answer.output?.message?.content?.map(({ toolUse }) => toolUse?.name)
    }
    expect(await called({ auto: {} })).toEqual([undefined])
    expect(await called({ any: {} })).toEqual(['get_weather'])
    expect(await called({ tool: { name: 'get_time' } })).toEqual(['get_time'])
  })

  test('thoughts are shown when asked for, signed, and taken back only unchanged', async () => {
    const additionalModelRequestFields = { thinking: { type: 'enabled', budget_tokens: 1_024 } }
    const question = user({ text: 'hello' })
    const content = assemble(await stream({ messages: [question], additionalModelRequestFields }))
    expect(content).toMatchObject([
      { reasoningContent: { reasoningText: { signature: expect.any(String) } } },
      { text: 'hello' },
    ])
    const goOn = (said: ContentBlock[]) =>
      converse({ messages: [question, { role: 'assistant', content: said }, user({ text: 'more' })] })
    expect((await goOn(content)).stopReason).toBe('end_turn')
    const forged = { reasoningContent: { reasoningText: { text: 'other', signature: 'forged' } } }
    await expect(goOn([forged])).rejects.toThrow('Invalid `signature`')
  })

  test('a schema is honoured, a stop sequence stops, a limit is said', async () => {
    const schema = JSON.stringify({ type: 'object', properties: { verdict: { const: 'pass' } }, required: ['verdict'] })
    const judged = await converse({
      messages: [user({ text: 'judge' })],
      outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: { name: 'verdict', schema } } } },
    })
    expect(judged.output?.message?.content).toEqual([{ text: '{"verdict":"pass"}' }])
    const messages = [user({ text: 'one END two' })]
    expect((await converse({ messages, inferenceConfig: { stopSequences: ['END'] } })).stopReason).toBe('stop_sequence')
    expect((await converse({ messages, inferenceConfig: { maxTokens: 1 } })).stopReason).toBe('max_tokens')
  })

  test('a script’s caches are counted apart from the input', async () => {
    simulator.script.add({
      type: 'answer',
      text: 'no',
      finishReason: 'guardrail_intervened',
      times: 2,
      usage: {
        prompt_tokens: 1_000,
        completion_tokens: 50,
        prompt_tokens_details: { cached_tokens: 600, cache_write_tokens: 300, cache_write_1h_tokens: 100 },
      },
    })
    const counted = {
      inputTokens: 100,
      outputTokens: 50,
      totalTokens: 1_050,
      cacheReadInputTokens: 600,
      cacheWriteInputTokens: 300,
      cacheDetails: [
        { ttl: '1h', inputTokens: 100 },
        { ttl: '5m', inputTokens: 200 },
      ],
    }
    const messages = [user({ text: 'x' })]
    expect(await converse({ messages })).toMatchObject({ stopReason: 'guardrail_intervened', usage: counted })
    expect((await stream({ messages })).at(-1)?.metadata?.usage).toEqual(counted)
  })

  test('texts are embedded, as Titan does and as Cohere does', async () => {
    const invoke = async (body: object) => {
      const answer = await client.send(new InvokeModelCommand({ modelId: 'sim-embedding', body: JSON.stringify(body) }))
      return JSON.parse(answer.body.transformToString())
    }
    const titan = await invoke({ inputText: 'one two', dimensions: 256, normalize: true })
    expect(titan).toMatchObject({ inputTextTokenCount: 2, embeddingsByType: { float: titan.embedding } })
    const texts = ['one two', 'x']
    const cohere = await invoke({ texts, input_type: 'search_query', embedding_types: ['float'] })
    expect(cohere).toMatchObject({ texts, response_type: 'embeddings_by_type' })
    expect(cohere.embeddings.float[0]).toEqual(titan.embedding)
    expect((await invoke({ texts, input_type: 'search_query' })).embeddings).toEqual(cohere.embeddings.float)
    const path = `${simulator.origin()}/model/sim-embedding/invoke`
    const headers = { authorization: 'Bearer bedrock-api-key' }
    const raw = await fetch(path, {
      method: 'POST',
      headers,
      body: JSON.stringify({ texts, input_type: 'clustering' }),
    })
    expect(raw.headers.get('x-amzn-bedrock-input-token-count')).toBe('3')
  })

  test.each([
    [400, 'ValidationException'],
    [403, 'AccessDeniedException'],
    [404, 'ResourceNotFoundException'],
    [408, 'ModelTimeoutException'],
    [424, 'ModelErrorException'],
    [429, 'ThrottlingException'],
    [500, 'InternalServerException'],
    [503, 'ServiceUnavailableException'],
  ])('status %i comes with %s', async (status, name) => {
    simulator.script.add({ type: 'status', status })
    await expect(converse({ messages: [user({ text: 'x' })] })).rejects.toMatchObject({
      name,
      $metadata: { httpStatusCode: status, requestId: 'simulator' },
    })
  })

  test('an exception inside a stream, and a cut, fail in the SDK; the end may be missing', async () => {
    simulator.script.add(
      { type: 'error-event', afterChunks: 2 },
      { type: 'error-event', afterChunks: 2, error: { type: 'ThrottlingException', message: 'slow down' } },
      { type: 'cut-mid-stream', afterChunks: 2 },
      { type: 'malformed-chunk' },
      { type: 'missing-done' },
    )
    const messages = [user({ text: 'one two' })]
    await expect(stream({ messages })).rejects.toMatchObject({ name: 'ModelStreamErrorException' })
    await expect(stream({ messages })).rejects.toMatchObject({ name: 'ThrottlingException', message: 'slow down' })
    await expect(stream({ messages })).rejects.toThrow('aborted')
    await expect(stream({ messages })).rejects.toThrow('JSON')
    const events = await stream({ messages })
    expect(assemble(events)).toEqual([{ text: 'one two' }])
    expect(events.some(({ messageStop, metadata }) => messageStop ?? metadata)).toBe(false)
  })

  test('an inference profile is a model too, and a model it does not have is refused', async () => {
    const messages = [user({ text: 'x' })]
    const profiled = await client.send(new ConverseCommand({ modelId: PROFILE, messages }))
    expect(profiled.stopReason).toBe('end_turn')
    await expect(client.send(new ConverseCommand({ modelId: 'other', messages }))).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'The provided model identifier is invalid.',
    })
  })

  test('who shows neither a listed access key nor a listed API key is refused', async () => {
    const request = new ConverseCommand({ ...base, messages: [user({ text: 'x' })] })
    const stranger = createClient({ credentials: { accessKeyId: 'AKIDSTRANGER', secretAccessKey: 'secret' } })
    await expect(stranger.send(request)).rejects.toMatchObject({ name: 'UnrecognizedClientException' })
    const bearer = createClient({
      token: { token: 'bedrock-api-key' },
      authSchemePreference: ['httpBearerAuth'],
    })
    expect((await bearer.send(request)).stopReason).toBe('end_turn')
    expect(simulator.requests().at(-1)?.headers.authorization).toBe('Bearer bedrock-api-key')
  })
})

describe('the simulator as Bedrock', () => {
  const call: ContentBlock = { toolUse: { toolUseId: 'a', name: 'get_time', input: {} } }
  const asked: Message = { role: 'assistant', content: [call] }
  test.each<[string, Omit<ConverseCommandInput, 'modelId'>, string]>([
    [
      'no user first',
      { messages: [{ role: 'assistant', content: [{ text: 'x' }] }] },
      'must start with a user message',
    ],
    ['two user turns', { messages: [user({ text: 'x' }), user({ text: 'y' })] }, 'must alternate'],
    ['a blank text', { messages: [user({ text: '' })] }, 'is blank'],
    ['calls without tools', { messages: [user({ text: 'x' }), asked] }, 'toolConfig field must be defined'],
    [
      'a call left unanswered',
      { messages: [user({ text: 'x' }), asked, user({ text: 'y' })], toolConfig: { tools } },
      'Expected toolResult blocks at messages.2.content for the following Ids: a',
    ],
    [
      'an answer to no call',
      { messages: [user({ toolResult: { toolUseId: 'b', content: [{ text: 'y' }] } })], toolConfig: { tools } },
      'exceeds the number of toolUse blocks',
    ],
  ])('%s is refused', async (_name, input, reason) => {
    await expect(converse(input)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(reason),
    })
  })

  test('a field it does not know is refused', async () => {
    const response = await fetch(`${simulator.origin()}/model/sim-fast/converse`, {
      method: 'POST',
      headers: { authorization: 'Bearer bedrock-api-key' },
      body: JSON.stringify({ messages: [user({ text: 'x' })], temperature: 1 }),
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ message: expect.stringContaining('extraneous key [temperature]') })
  })
})
