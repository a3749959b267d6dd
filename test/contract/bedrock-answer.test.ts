import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bedrock } from '../../data-plane/providers/bedrock.ts'
import type { StreamEvent } from '../../shared/llm/stream-event.ts'
import { NO_USAGE } from '../../shared/llm/usage.ts'
import { BEDROCK_STREAMS, encodeFrames, event, exception } from './bedrock-streams.ts'
import { chatCall, decodeStream, fixture, refusal } from './provider-calls.ts'

function parse(answer: object | string) {
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer)
  const { body, ...rest } = bedrock.parseAnswer(chatCall(), Buffer.from(text))
  const [choice] = body['choices'] as { message: Record<string, unknown>; finish_reason: string }[]
  return { body, choice, ...rest }
}

function typesOf(events: readonly StreamEvent[]): string[] {
  return events.map(({ type }) => type)
}

test('the answer that the vendor’s documentation shows is a tool call', () => {
  const { choice, usage } = parse(fixture('bedrock-answer-tool-use.json').toString('utf8'))
  expect(choice).toMatchObject({
    message: {
      content: null,
      tool_calls: [
        {
          id: 'tooluse_kZJMlvQmRJ6eAyJE5GIl7Q',
          type: 'function',
          function: { name: 'top_song', arguments: '{"sign":"WZPZ"}' },
        },
      ],
    },
    finish_reason: 'tool_calls',
  })
  expect(usage).toBeNull()
})

test.each([
  ['end_turn', 'stop', undefined],
  ['stop_sequence', 'stop', undefined],
  ['tool_use', 'tool_calls', undefined],
  ['max_tokens', 'length', undefined],
  ['model_context_window_exceeded', 'length', undefined],
  ['guardrail_intervened', 'content_filter', undefined],
  ['content_filtered', 'content_filter', undefined],
  ['malformed_model_output', 'stop', 'malformed_model_output'],
  ['a_word_of_next_year', 'stop', 'a_word_of_next_year'],
  [undefined, 'stop', undefined],
])('why the model stopped is said in OpenAI’s words: %s', (stopReason, finishReason, native) => {
  const { choice, finishReason: told } = parse({ output: { message: { content: [] } }, stopReason })
  expect(told).toBe(finishReason)
  expect(choice).toMatchObject({ finish_reason: finishReason })
  expect(Reflect.get(choice ?? {}, 'native_finish_reason')).toBe(native)
})

test('what Converse says beside the message is kept, and cited text is text', () => {
  const beside = {
    metrics: { latencyMs: 551 },
    trace: { guardrail: { actionReason: 'Guardrail blocked.' } },
    additionalModelResponseFields: { stop_sequence: 'END' },
    performanceConfig: { latency: 'optimized' },
    serviceTier: { type: 'flex' },
  }
  const citations = [{ title: 'Doc', location: { documentChar: { documentIndex: 0, start: 0, end: 20 } } }]
  const content = [
    { text: 'It says: ' },
    { citationsContent: { content: [{ text: 'the grass ' }, { text: 'is green.' }], citations } },
    { toolUse: { toolUseId: 's', name: 'nova_grounding', input: {}, type: 'server_tool_use' } },
    { unheardOf: {} },
  ]
  const { body, choice } = parse({ output: { message: { content } }, stopReason: 'end_turn', ...beside })
  expect(body).toMatchObject(beside)
  expect(choice?.message).toEqual({
    role: 'assistant',
    content: 'It says: the grass is green.',
    refusal: null,
    citations,
  })
})

test('counts that are no counts, or contradict each other, never give a negative class', () => {
  const usage = {
    inputTokens: -1,
    outputTokens: 1.5,
    cacheReadInputTokens: '7',
    cacheWriteInputTokens: 5,
    cacheDetails: [{ ttl: '1h', inputTokens: 9 }, { ttl: '1h' }, 'x'],
  }
  expect(parse({ output: { message: { content: [] } }, usage }).usage).toEqual({ ...NO_USAGE, cacheWrite1hTokens: 5 })
})

test('the committed bytes of each stream are what its description says', () => {
  for (const [name, frames] of Object.entries(BEDROCK_STREAMS)) {
    expect(fixture(`bedrock-${name}.bin`).equals(encodeFrames(frames))).toBe(true)
  }
})

test('the role that opens a message is no content; text, reasoning and tool calls are', () => {
  const contents = (name: string) =>
    decodeStream(bedrock, [fixture(`bedrock-${name}.bin`)]).flatMap((one) =>
      one.type === 'chunk-delta' ? [one.hasContent] : [],
    )
  expect(contents('text')).toEqual([false, true, true, false])
  expect(contents('reasoning')).toEqual([false, true, true, true, false])
  expect(contents('parallel-tool-calls')).toEqual([false, true, true, true, true, true, true, true, false])
})

test('a stream without metadata has its finish reason and no usage, and what AWS adds later is passed over', () => {
  const frames = [
    [{ ':event-type': 'initial-response', ':message-type': 'event' }, {}] as const,
    event('messageStart', { role: 'assistant' }),
    event('aNewEvent', { a: 1 }),
    event('contentBlockDelta', { contentBlockIndex: 0, delta: { aNewDelta: {} } }),
    event('contentBlockDelta', { contentBlockIndex: 0, delta: { toolResult: [{ json: {} }] } }),
    event('messageStop', { stopReason: 'end_turn', additionalModelResponseFields: { stop_sequence: null } }),
  ]
  const events = decodeStream(bedrock, [encodeFrames(frames)])
  expect(typesOf(events)).toEqual(['chunk-delta', 'chunk-delta'])
  expect(events[1]).toMatchObject({
    chunk: { choices: [{ finish_reason: 'stop' }], additionalModelResponseFields: { stop_sequence: null } },
  })
})

test('the usage chunk carries what metadata says beside it, without the padding', () => {
  const said = { metrics: { latencyMs: 1 }, trace: { promptRouter: { invokedModelId: 'm' } } }
  const usage = { inputTokens: 1, outputTokens: 2, totalTokens: 3 }
  const [report] = decodeStream(bedrock, [encodeFrames([event('metadata', { usage, ...said })])])
  expect(report).toMatchObject({ type: 'usage-report', chunk: { ...said, choices: [], usage: { total_tokens: 3 } } })
  expect(report).not.toHaveProperty('chunk.p')
})

test('a call that streams no arguments ends with an empty object, and a tool of Bedrock’s own is not the caller’s', () => {
  const block = (contentBlockIndex: number, toolUse: object) => [
    event('contentBlockStart', { contentBlockIndex, start: { toolUse } }),
    event('contentBlockDelta', { contentBlockIndex, delta: { toolUse: { input: '' } } }),
    event('contentBlockStop', { contentBlockIndex }),
  ]
  const frames = [
    ...block(0, { toolUseId: 's', name: 'nova_code_interpreter', type: 'server_tool_use' }),
    ...block(1, { toolUseId: 'c', name: 'f', type: 'tool_use' }),
  ]
  const deltas = decodeStream(bedrock, [encodeFrames(frames)]).map((one) =>
    one.type === 'chunk-delta' ? one.chunk.choices?.[0]?.delta : null,
  )
  expect(deltas).toEqual([
    { tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '' } }] },
    { tool_calls: [{ index: 0, function: { arguments: '{}' } }] },
  ])
})

test('redacted reasoning that comes in parts is joined by its bytes', () => {
  const part = (text: string) =>
    event('contentBlockDelta', {
      contentBlockIndex: 0,
      delta: { reasoningContent: { redactedContent: Buffer.from(text).toString('base64') } },
    })
  const frames = [part('a'), part('bc'), event('messageStop', { stopReason: 'end_turn' })]
  const events = decodeStream(bedrock, [encodeFrames(frames)], { upstreamModel: 'anthropic.claude-x' })
  expect(events.at(-1)).toMatchObject({
    chunk: { choices: [{ delta: { reasoning_details: [{ type: 'redacted_thinking', data: 'abc', index: 0 }] } }] },
  })
})

test.each([
  ['throttlingException', 'Too many requests', 'rate-limit'],
  ['modelStreamErrorException', 'An error occurred while streaming.', 'unavailable'],
  ['internalServerException', 'Oops', 'unavailable'],
  ['serviceUnavailableException', 'Busy', 'unavailable'],
  ['modelTimeoutException', 'Too slow', 'unavailable'],
  ['validationException', 'The model returned the following errors: bad', 'request'],
  ['validationException', 'The model returned the following errors: prompt is too long: 9 > 8', 'context-length'],
  ['anExceptionOfNextYear', 'New', 'unavailable'],
])('an exception in a stream means what it says: %s %s', (name, message, type) => {
  const bytes = encodeFrames([exception(name, { message }), event('metadata', {})])
  const code = name.charAt(0).toUpperCase() + name.slice(1)
  expect(decodeStream(bedrock, [bytes])).toEqual([
    { type: 'stream-error', failure: { type, message, code, retryAfterMs: null } },
  ])
})

test('an error, which is no exception, is told in headers', () => {
  const headers = { ':message-type': 'error', ':error-code': 'InternalFailure', ':error-message': 'Oops' }
  expect(decodeStream(bedrock, [encodeFrames([[headers, '']])])).toEqual([
    {
      type: 'stream-error',
      failure: { type: 'unavailable', message: 'Oops', code: 'InternalFailure', retryAfterMs: null },
    },
  ])
})

test.each([
  ['a message without a type', encodeFrames([[{}, '{}']])],
  ['an event that is no JSON', encodeFrames([[{ ':message-type': 'event', ':event-type': 'messageStop' }, '{']])],
  ['an event that is no object', encodeFrames([[{ ':message-type': 'event' }, '[]']])],
  ['a page', Buffer.from('<html><body>Bad Gateway</body></html>')],
  [
    'calls without end',
    encodeFrames(
      Array.from({ length: 1_001 }, (_, contentBlockIndex) =>
        event('contentBlockStart', { contentBlockIndex, start: { toolUse: {} } }),
      ),
    ),
  ],
  [
    'reasoning without end',
    encodeFrames(
      Array.from({ length: 3 }, () =>
        event('contentBlockDelta', { delta: { reasoningContent: { text: 'x'.repeat(3 * 1_048_576) } } }),
      ),
    ),
  ],
])('what is no stream of Bedrock’s ends in an error, after which nothing is read: %s', (_name, bytes) => {
  const events = decodeStream(bedrock, [bytes, fixture('bedrock-text.bin')])
  expect(events.at(-1)).toMatchObject({ type: 'stream-error', failure: { type: 'unavailable', code: 'unreadable' } })
  expect(events.filter(({ type }) => type === 'stream-error' || type === 'stream-end')).toHaveLength(1)
})

test('whatever bytes change, the decoder does not throw and reports one end at most', () => {
  const streams = Object.keys(BEDROCK_STREAMS).map((name) => fixture(`bedrock-${name}.bin`))
  const change = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.nat() })
  fc.assert(
    fc.property(fc.constantFrom(...streams), fc.array(change, { maxLength: 4 }), (stream, changes) => {
      const bytes = Buffer.from(stream)
      for (const { at, byte } of changes) bytes.writeUInt8(byte, at % bytes.length)
      const cut = (changes[0]?.cut ?? 0) % bytes.length
      const types = typesOf(decodeStream(bedrock, [bytes.subarray(0, cut), bytes.subarray(cut)]))
      expect(types.filter((type) => type === 'stream-error' || type === 'stream-end').length).toBeLessThanOrEqual(1)
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  [400, 'ValidationException', 'The provided model identifier is invalid.', 'model'],
  [400, 'ValidationException', 'Invocation of model ID x with on-demand throughput isn’t supported.', 'model'],
  [400, 'ValidationException', 'Operation not allowed', 'model'],
  [400, 'ValidationException', 'Input is too long for requested model.', 'context-length'],
  [400, 'ValidationException', '400 Bad Request: Too many input tokens. Max input tokens: 8192', 'context-length'],
  [400, 'ValidationException', "This model's maximum context length is 8192 tokens.", 'context-length'],
  [400, 'ValidationException', 'input length and `max_tokens` exceed context limit: 9 + 8 > 7', 'context-length'],
  [
    400,
    'ValidationException',
    'Input Tokens Exceeded: Number of input tokens exceeds maximum length.',
    'context-length',
  ],
  [400, 'ValidationException', 'The maximum tokens you requested exceeds the model limit of 8192', 'request'],
  [400, 'ValidationException', 'Output blocked by content filtering policy', 'content-filter'],
  [400, 'ValidationException', 'The text field in the ContentBlock object is blank.', 'request'],
  [400, 'ServiceQuotaExceededException', 'Quota', 'rate-limit'],
  [400, 'IncompleteSignature', 'Signature', 'credential'],
  [403, 'AccessDeniedException', 'User is not authorized to perform: bedrock:InvokeModel', 'credential'],
  [403, 'AccessDeniedException', "You don't have access to the model with the specified model ID.", 'model'],
  [403, 'UnrecognizedClientException', 'The security token included in the request is invalid.', 'credential'],
  [403, 'ExpiredTokenException', 'The security token included in the request is expired', 'credential'],
  [404, 'ResourceNotFoundException', 'Model use case details have not been submitted', 'model'],
  [408, 'ModelTimeoutException', 'Model has timed out', 'unavailable'],
  [424, 'ModelErrorException', 'The model failed', 'unavailable'],
  [429, 'ThrottlingException', 'Too many tokens per day', 'rate-limit'],
  [429, 'ModelNotReadyException', 'Model is not ready for inference.', 'unavailable'],
  [500, 'InternalServerException', 'Oops', 'unavailable'],
  [503, 'ServiceUnavailableException', 'Bedrock is unable to process your request.', 'unavailable'],
])('a refusal is told by its exception and its sentence: %i %s: %s', (status, code, message, type) => {
  const failure = { type, code, message, retryAfterMs: null }
  const inHeader = refusal(status, JSON.stringify({ message }), { 'x-amzn-errortype': `${code}:http://amazon.com/` })
  const inBody = refusal(status, JSON.stringify({ __type: `com.amazon.coral.service#${code}`, Message: message }))
  expect(bedrock.classifyFailure(inHeader)).toEqual(failure)
  expect(bedrock.classifyFailure(inBody)).toEqual(failure)
})
