import { expect, test } from 'vitest'
import { openAi } from '../../data-plane/providers/openai.ts'
import { FailedAnswer } from '../../data-plane/providers/provider.ts'
import type { StreamEvent } from '../../shared/llm/stream-event.ts'
import { describeProvider } from './describe-provider.ts'
import { OPENAI_CASES } from './openai-cases.ts'
import { chatCall, decodeStream, embeddingsCall, fixture, refusal } from './provider-calls.ts'

describeProvider(openAi, OPENAI_CASES)

const bodyOf = (call: Parameters<typeof openAi.buildRequest>[0]): Record<string, unknown> =>
  JSON.parse(String(openAi.buildRequest(call).body)) as Record<string, unknown>

const decode = (...events: readonly string[]): StreamEvent[] =>
  decodeStream(openAi, [Buffer.from(events.map((event) => `data: ${event}\n\n`).join(''))])

test('a request that needs no change is forwarded byte for byte', () => {
  const body = Buffer.from('{ "model":"m",  "messages":[{"role":"user","content":"hi"}], "seed": 1.0 }')
  expect(openAi.buildRequest(chatCall({ body })).body).toBe(body)
  const call = embeddingsCall()
  expect(openAi.buildRequest(call).body).toBe(call.body)
  const streamed = chatCall({ stream: true, body, fields: { stream_options: { include_usage: true } } })
  expect(openAi.buildRequest(streamed).body).toBe(body)
})

test('the model is named in the vendor’s words', () => {
  const call = chatCall({ upstreamModel: 'gpt-4o-2024-08-06' })
  expect(bodyOf(call)).toMatchObject({ model: 'gpt-4o-2024-08-06' })
  expect(openAi.buildRequest(call).url).toBe('https://vendor.example/v1/chat/completions')
  expect(openAi.buildRequest(embeddingsCall()).url).toBe('https://vendor.example/v1/embeddings')
})

test('a stream always asks for usage, and keeps the caller’s other stream options', () => {
  const call = chatCall({ stream: true, fields: { stream: true, stream_options: { include_obfuscation: false } } })
  expect(bodyOf(call)).toMatchObject({ stream_options: { include_obfuscation: false, include_usage: true } })
})

test('Signalbox’s own fields do not reach the vendor, and every other field does', () => {
  const fields = { route: {}, service: 'turbo', routing: {}, cache: {}, provider: {}, models: [], x_new: { a: 1 } }
  expect(Object.keys(bodyOf(chatCall({ fields }))).sort()).toEqual(['messages', 'model', 'x_new'])
})

test('OpenAI’s newest parameters pass through where the body is written again', () => {
  const fields = {
    verbosity: 'low',
    reasoning_effort: 'minimal',
    service_tier: 'priority',
    prompt_cache_key: 'k',
    prompt_cache_retention: '24h',
    safety_identifier: 'u',
    prediction: { type: 'content', content: 'x' },
    web_search_options: {},
    modalities: ['text', 'audio'],
    audio: { voice: 'alloy', format: 'wav' },
    logprobs: true,
    top_logprobs: 2,
    n: 2,
  }
  expect(bodyOf(chatCall({ fields, upstreamModel: 'other' }))).toMatchObject(fields)
})

test('a field of the caller’s that is named like an object’s own is carried like any other', () => {
  const body = Buffer.from('{"model":"m","messages":[],"__proto__":{"cache":{}},"constructor":1}')
  const request = JSON.parse(body.toString()) as { model: string; messages: [] }
  const sent = String(openAi.buildRequest(chatCall({ body, request, upstreamModel: 'other' })).body)
  expect(sent).toBe('{"model":"other","messages":[],"__proto__":{"cache":{}},"constructor":1}')
})

test('refusals, logprobs, annotations and fields nobody knows yet come out as they went in', () => {
  const answer = {
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: null, refusal: 'No.', annotations: [{ type: 'url_citation' }] },
        logprobs: { content: [{ token: 'N', logprob: -0.1, bytes: [78], top_logprobs: [] }], refusal: [] },
        finish_reason: 'stop',
      },
      { index: 1, message: { role: 'assistant', content: 'x' }, finish_reason: 'function_call' },
    ],
    x_new: { a: [1.5] },
  }
  expect(openAi.parseAnswer(chatCall(), Buffer.from(JSON.stringify(answer))).body).toEqual(answer)
})

test('a chunk without anything to settle goes on with every field as it came', () => {
  const bytes = fixture('openai-stream-text.txt').toString()
  const given = [...bytes.matchAll(/^data: (\{.*)$/gm)].map(([, json]) => JSON.parse(json ?? '') as object)
  const chunks = decode(...given.map((chunk) => JSON.stringify(chunk))).map((event) => 'chunk' in event && event.chunk)
  expect(chunks).toEqual(given)
})

test('words of other vendors that gateways let through are read; the vendor’s own is kept', () => {
  const reasonOf = (word: unknown): unknown[] => {
    const answer = { choices: [{ index: 0, message: {}, finish_reason: word }] }
    const { body, finishReason } = openAi.parseAnswer(chatCall(), Buffer.from(JSON.stringify(answer)))
    const [choice] = body['choices'] as Record<string, unknown>[]
    return [finishReason, choice?.['native_finish_reason']]
  }
  expect(reasonOf('max_tokens')).toEqual(['length', 'max_tokens'])
  expect(reasonOf('tool_use')).toEqual(['tool_calls', 'tool_use'])
  expect(reasonOf('SAFETY')).toEqual(['content_filter', 'SAFETY'])
  expect(reasonOf('constructor')).toEqual(['stop', 'constructor'])
  expect(reasonOf(7)).toEqual(['stop', 7])
  expect(reasonOf(null)).toEqual([null, undefined])
  expect(reasonOf('')).toEqual([null, undefined])
})

test('audio and images are classes of their own, and counts that contradict each other never give a negative one', () => {
  const usageOf = (usage: object) =>
    openAi.parseAnswer(chatCall(), Buffer.from(JSON.stringify({ choices: [], usage }))).usage
  const details = { cached_tokens: 1, audio_tokens: 2, image_tokens: 3 }
  expect(
    usageOf({
      prompt_tokens: 10,
      completion_tokens: 20,
      prompt_tokens_details: details,
      completion_tokens_details: { audio_tokens: 4, image_tokens: 5, reasoning_tokens: 6 },
    }),
  ).toMatchObject({
    uncachedInputTokens: 4,
    cacheReadTokens: 1,
    inputAudioTokens: 2,
    inputImageTokens: 3,
    outputTokens: 11,
    outputAudioTokens: 4,
    outputImageTokens: 5,
    reasoningTokens: 6,
  })
  expect(
    usageOf({
      prompt_tokens: 5,
      completion_tokens: 1,
      prompt_tokens_details: { cached_tokens: 9, audio_tokens: 9, image_tokens: -4 },
      completion_tokens_details: { reasoning_tokens: 1.5, audio_tokens: 9 },
    }),
  ).toMatchObject({ uncachedInputTokens: 0, cacheReadTokens: 5, inputAudioTokens: 0, outputTokens: 0 })
})

test('the role that opens a message is no content; text, reasoning, a refusal and a tool call are', () => {
  const contentOf = (delta: object): unknown =>
    decode(JSON.stringify({ choices: [{ index: 0, delta }] })).map((event) => 'hasContent' in event && event.hasContent)
  const opening = { role: 'assistant', content: '', refusal: null, reasoning_details: [], tool_calls: [] }
  expect(contentOf(opening)).toEqual([false])
  for (const delta of [{ content: 'x' }, { reasoning_content: 'x' }, { refusal: 'x' }, { tool_calls: [{}] }]) {
    expect(contentOf({ ...opening, ...delta })).toEqual([true])
  }
})

test('usage on the last chunk with content is reported once, and the content kept', () => {
  const usage = { prompt_tokens: 3, completion_tokens: 1 }
  const choice = { index: 0, delta: { content: 'x' }, finish_reason: 'stop' }
  const [content, report] = decode(JSON.stringify({ choices: [choice], usage }))
  expect(content).toMatchObject({ type: 'chunk-delta', chunk: { choices: [choice], usage: null } })
  expect(report).toMatchObject({ type: 'usage-report', chunk: { choices: [], usage } })
})

test('chunks without choices or deltas are completed, so that clients can read them', () => {
  const [first, second] = decode('{"x":1}', '{"choices":[{"index":0,"finish_reason":"stop"}]}')
  expect(first).toMatchObject({ type: 'chunk-delta', chunk: { x: 1, choices: [] }, hasContent: false })
  expect(second).toMatchObject({ chunk: { choices: [{ delta: {} }] }, hasContent: false })
})

test('an error inside a stream is told by its cause', () => {
  const typeOf = (event: string): unknown =>
    decode(event).map((decoded) => decoded.type === 'stream-error' && decoded.failure.type)
  expect(typeOf('{"error":{"message":"x","code":"context_length_exceeded"}}')).toEqual(['context-length'])
  expect(typeOf('{"error":{"message":"x","type":"rate_limit_error"}}')).toEqual(['rate-limit'])
  expect(typeOf('{"error":{"message":"x","type":"invalid_request_error"}}')).toEqual(['request'])
  expect(typeOf('{"error":{"message":"x","code":401}}')).toEqual(['credential'])
  expect(typeOf('{"error":"out of memory"}')).toEqual(['unavailable'])
  const named = decodeStream(openAi, [Buffer.from('event: error\ndata: {"message":"gone"}\n\ndata: [DONE]\n\n')])
  expect(named).toMatchObject([{ type: 'stream-error', failure: { message: 'gone', type: 'unavailable' } }])
})

test('an answer that is an error is a failure with its cause', () => {
  const body = Buffer.from('{"error":{"message":"Too many","code":429}}')
  expect(() => openAi.parseAnswer(chatCall(), body)).toThrow(FailedAnswer)
  const failure = { type: 'rate-limit', message: 'Too many', code: '429', retryAfterMs: null }
  expect(() => openAi.parseAnswer(chatCall(), body)).toThrow(expect.objectContaining({ failure }))
})

test('a quota that is used up is no limit to wait for: somebody has to pay', () => {
  const body = '{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":null}}'
  const headers = { 'x-ratelimit-reset-requests': '1s' }
  expect(openAi.classifyFailure(refusal(429, body, headers))).toEqual({
    type: 'credential',
    message: 'You exceeded your current quota',
    code: 'insufficient_quota',
    retryAfterMs: null,
  })
})

test('a prompt that is too long is known by the words of servers that have no code for it', () => {
  const typeOf = (status: number, message: string): string =>
    openAi.classifyFailure(refusal(status, JSON.stringify({ error: { message, code: status } }))).type
  expect(typeOf(400, "This model's maximum context length is 4096 tokens. However")).toBe('context-length')
  expect(typeOf(400, 'prompt is too long: 214000 tokens > 200000 maximum')).toBe('context-length')
  expect(typeOf(422, 'The input token count (1200000) exceeds the maximum')).toBe('context-length')
  expect(typeOf(500, 'context length')).toBe('unavailable')
})

test('without Retry-After the limit’s own reset says how long to wait', () => {
  const waitOf = (headers: Record<string, string>): unknown =>
    openAi.classifyFailure(refusal(429, '', headers)).retryAfterMs
  const both = { 'x-ratelimit-reset-requests': '1s', 'x-ratelimit-reset-tokens': '6m0s' }
  expect(waitOf({ ...both, 'x-ratelimit-remaining-requests': '5', 'x-ratelimit-remaining-tokens': '0' })).toBe(360_000)
  expect(waitOf({ ...both, 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-remaining-tokens': '5' })).toBe(1_000)
  expect(waitOf({ ...both, 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-remaining-tokens': '0' })).toBe(360_000)
  expect(waitOf(both)).toBe(1_000)
  expect(waitOf({ ...both, 'retry-after-ms': '250', 'retry-after': '1' })).toBe(250)
  const waits = { '12ms': 12, '8.64s': 8_640, '1h2m3s': 3_600_000, '20': 20_000, '0s': 0, '2m59.56s': 179_560 }
  for (const [text, ms] of Object.entries(waits)) expect(waitOf({ 'x-ratelimit-reset-tokens': text })).toBe(ms)
  for (const text of ['', '-1', 'soon', '1d', 's', 'm']) expect(waitOf({ 'x-ratelimit-reset-tokens': text })).toBeNull()
})
