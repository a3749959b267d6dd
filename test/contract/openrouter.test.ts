import { expect, test } from 'vitest'
import { openRouter } from '../../data-plane/providers/openrouter.ts'
import { FailedAnswer } from '../../data-plane/providers/provider.ts'
import { NO_USAGE } from '../../shared/llm/usage.ts'
import { describeProvider } from './describe-provider.ts'
import { OPENAI_CASES } from './openai-cases.ts'
import { chatCall, decodeStream, fixture, refusal } from './provider-calls.ts'

const CALLS = OPENAI_CASES.answers.parallelToolCalls.message['tool_calls'] as object[]
const plain = { ...NO_USAGE, uncachedInputTokens: 9, outputTokens: 3 }
const searched = {
  ...NO_USAGE,
  uncachedInputTokens: 6,
  cacheReadTokens: 1_900,
  cacheWriteTokens: 100,
  outputTokens: 300,
  webSearches: 2,
}
const thought = { ...NO_USAGE, uncachedInputTokens: 12, outputTokens: 30, reasoningTokens: 26 }
const reasoning = {
  content: '4 😀',
  reasoning_content: 'Deux et deux…',
  reasoning_details: [
    {
      type: 'reasoning.text',
      text: 'Deux et deux…',
      signature: 'sha256:abc123',
      format: 'anthropic-claude-v1',
      index: 0,
    },
  ],
}
const asError = (code: number, message: string, errorType?: string): string =>
  JSON.stringify({ error: { code, message, ...(errorType ? { metadata: { error_type: errorType } } : {}) } })

describeProvider(openRouter, {
  ...OPENAI_CASES,
  answers: {
    text: {
      bytes: fixture('openrouter-answer-text.json'),
      message: { content: 'Hello there!' },
      finishReason: 'stop',
      nativeFinishReason: 'stop',
      usage: { ...NO_USAGE, uncachedInputTokens: 10, outputTokens: 4 },
    },
    parallelToolCalls: {
      bytes: fixture('openrouter-answer-parallel-tool-calls.json'),
      message: { content: '', tool_calls: CALLS.map((call, index) => ({ index, ...call })) },
      finishReason: 'tool_calls',
      nativeFinishReason: 'tool_use',
      usage: { ...NO_USAGE, uncachedInputTokens: 82, outputTokens: 17 },
    },
    reasoning: {
      bytes: fixture('openrouter-answer-reasoning.json'),
      message: { ...reasoning, reasoning: 'Deux et deux…' },
      finishReason: 'stop',
      nativeFinishReason: 'end_turn',
      usage: thought,
    },
    cachedTokens: {
      bytes: fixture('openrouter-answer-cached-tokens.json'),
      message: { content: 'Ça va' },
      finishReason: 'stop',
      nativeFinishReason: 'stop',
      usage: searched,
    },
    withoutUsage: {
      bytes: fixture('openrouter-answer-without-usage.json'),
      message: { content: 'Ça va' },
      finishReason: 'stop',
      nativeFinishReason: 'stop',
      usage: null,
    },
    tooLong: {
      bytes: fixture('openrouter-answer-too-long.json'),
      message: { content: 'Il était une' },
      finishReason: 'length',
      nativeFinishReason: 'MAX_TOKENS',
      usage: plain,
    },
    filtered: {
      bytes: fixture('openrouter-answer-filtered.json'),
      message: { content: '' },
      finishReason: 'content_filter',
      nativeFinishReason: 'SAFETY',
      usage: { ...NO_USAGE, uncachedInputTokens: 9 },
    },
    unknownFinishReason: {
      bytes: fixture('openrouter-answer-unknown-finish-reason.json'),
      message: { content: 'Ça va' },
      finishReason: 'stop',
      nativeFinishReason: 'MOON_PHASE',
      usage: plain,
    },
  },
  streams: {
    text: {
      bytes: fixture('openrouter-stream-text.txt'),
      message: { content: 'Héllo 😀' },
      finishReason: 'stop',
      nativeFinishReason: 'stop',
      usage: { ...NO_USAGE, uncachedInputTokens: 10, outputTokens: 4 },
    },
    parallelToolCalls: {
      bytes: fixture('openrouter-stream-parallel-tool-calls.txt'),
      message: { content: null, tool_calls: CALLS },
      finishReason: 'tool_calls',
      nativeFinishReason: 'tool_use',
      usage: { ...NO_USAGE, uncachedInputTokens: 82, outputTokens: 17 },
    },
    reasoning: {
      bytes: fixture('openrouter-stream-reasoning.txt'),
      message: reasoning,
      finishReason: 'stop',
      nativeFinishReason: 'end_turn',
      usage: thought,
    },
    cachedTokens: {
      bytes: fixture('openrouter-stream-cached-tokens.txt'),
      message: { content: 'Ça va' },
      finishReason: 'stop',
      nativeFinishReason: 'stop',
      usage: searched,
    },
    withoutUsage: {
      bytes: fixture('openrouter-stream-without-usage.txt'),
      message: { content: 'Ça va' },
      finishReason: 'stop',
      nativeFinishReason: 'stop',
      usage: null,
    },
    tooLong: {
      bytes: fixture('openrouter-stream-too-long.txt'),
      message: { content: 'Il était une' },
      finishReason: 'length',
      nativeFinishReason: 'MAX_TOKENS',
      usage: plain,
    },
    filtered: {
      bytes: fixture('openrouter-stream-filtered.txt'),
      message: { content: 'Été' },
      finishReason: 'content_filter',
      nativeFinishReason: 'SAFETY',
      usage: { ...NO_USAGE, uncachedInputTokens: 9, outputTokens: 1 },
    },
    unknownFinishReason: {
      bytes: fixture('openrouter-stream-unknown-finish-reason.txt'),
      message: { content: 'Ça va' },
      finishReason: 'stop',
      nativeFinishReason: 'MOON_PHASE',
      usage: plain,
    },
  },
  errorInStream: {
    bytes: fixture('openrouter-stream-error.txt'),
    failure: { type: 'rate-limit', message: 'Rate limit exceeded', code: 'rate_limit_exceeded', retryAfterMs: null },
  },
  refusals: {
    400: {
      body: asError(400, 'Invalid model specified', 'invalid_prompt'),
      failure: { type: 'request', message: 'Invalid model specified', code: 'invalid_prompt', retryAfterMs: null },
    },
    401: {
      body: asError(401, 'No auth credentials found'),
      failure: { type: 'credential', message: 'No auth credentials found', code: '401', retryAfterMs: null },
    },
    403: {
      body: asError(403, 'The key may not do that', 'permission_denied'),
      failure: {
        type: 'credential',
        message: 'The key may not do that',
        code: 'permission_denied',
        retryAfterMs: null,
      },
    },
    404: {
      body: asError(404, 'No endpoints found for x/y.', 'not_found'),
      failure: { type: 'model', message: 'No endpoints found for x/y.', code: 'not_found', retryAfterMs: null },
    },
    429: {
      body: asError(429, 'Rate limit exceeded: free-models-per-min.', 'rate_limit_exceeded'),
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1767225642000' },
      failure: {
        type: 'rate-limit',
        message: 'Rate limit exceeded: free-models-per-min.',
        code: 'rate_limit_exceeded',
        retryAfterMs: 42_000,
      },
    },
    500: {
      body: asError(500, 'Internal Server Error', 'server'),
      failure: { type: 'unavailable', message: 'Internal Server Error', code: 'server', retryAfterMs: null },
    },
    503: {
      body: asError(503, 'Overloaded', 'provider_overloaded'),
      headers: { 'retry-after': '5' },
      failure: { type: 'unavailable', message: 'Overloaded', code: 'provider_overloaded', retryAfterMs: 5_000 },
    },
    529: {
      body: asError(529, 'Provider overloaded', 'provider_overloaded'),
      failure: {
        type: 'unavailable',
        message: 'Provider overloaded',
        code: 'provider_overloaded',
        retryAfterMs: null,
      },
    },
    contextLength: {
      status: 400,
      body: asError(400, 'Too many tokens', 'context_length_exceeded'),
      failure: {
        type: 'context-length',
        message: 'Too many tokens',
        code: 'context_length_exceeded',
        retryAfterMs: null,
      },
    },
    contentFilter: {
      status: 403,
      body: '{"error":{"code":403,"message":"Request blocked: prompt injection patterns detected","metadata":{"patterns":["ignore all previous instructions"]}}}',
      failure: {
        type: 'content-filter',
        message: 'Request blocked: prompt injection patterns detected',
        code: '403',
        retryAfterMs: null,
      },
    },
  },
  embeddings: {
    request: { model: 'm', input: 'hi' },
    bytes: fixture('openrouter-answer-embeddings.json'),
    vectors: [[0.002_306_425_5, -0.009_327_292]],
    usage: { ...NO_USAGE, uncachedInputTokens: 8 },
  },
})

const costOf = (usage: object): unknown =>
  openRouter.parseAnswer(
    chatCall(),
    Buffer.from(JSON.stringify({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1, ...usage } })),
  ).reportedCost

test('the cost that OpenRouter reports is kept to the nano-dollar, digit by digit', () => {
  expect(costOf({ cost: 0.00014 })).toBe(140_000)
  expect(costOf({ cost: 1.5e-7 })).toBe(150)
  expect(costOf({ cost: 0 })).toBe(0)
  expect(costOf({ cost: 12.345678901 })).toBe(12_345_678_901)
  // Times 1e9 this is 1000000004.4999999 in doubles; as it is written it is a half, which is rounded up.
  expect(costOf({ cost: 1.0000000045 })).toBe(1_000_000_005)
  expect(costOf({ cost: 4.35e-7 })).toBe(435)
})

test('with a key of one’s own the provider’s bill is part of the cost', () => {
  expect(costOf({ cost: 0.001, is_byok: true, cost_details: { upstream_inference_cost: 0.02 } })).toBe(21_000_000)
  expect(costOf({ cost: 0.001, is_byok: false, cost_details: { upstream_inference_cost: 0.02 } })).toBe(1_000_000)
  expect(costOf({ cost: 0.001, is_byok: true, cost_details: {} })).toBeUndefined()
})

test('what is no cost is not taken for one', () => {
  for (const cost of [undefined, null, '0.1', -1, 1e300, {}]) expect(costOf({ cost })).toBeUndefined()
})

test('a stream reports the same cost as the whole answer', () => {
  const cost = 2_100_000 + 42_000_000
  const report = decodeStream(openRouter, [fixture('openrouter-stream-cached-tokens.txt')]).find(
    (event) => event.type === 'usage-report',
  )
  expect(report?.reportedCost).toBe(cost)
  expect(openRouter.parseAnswer(chatCall(), fixture('openrouter-answer-cached-tokens.json')).reportedCost).toBe(cost)
})

test('the application is named in headers when the credential’s settings name it', () => {
  const settings = { title: 'Signalbox', referer: 'https://example.com' }
  const { headers } = openRouter.buildRequest(chatCall({ settings }))
  expect(headers).toMatchObject({ 'x-title': 'Signalbox', 'http-referer': 'https://example.com' })
  expect(openRouter.buildRequest(chatCall()).headers).not.toHaveProperty('x-title')
})

test('an answer that broke off is a failure, and not a short answer', () => {
  const failure = {
    type: 'unavailable',
    message: 'Provider disconnected mid-stream',
    code: 'provider_unavailable',
    retryAfterMs: null,
  }
  const parse = () => openRouter.parseAnswer(chatCall(), fixture('openrouter-answer-failed.json'))
  expect(parse).toThrow(FailedAnswer)
  expect(parse).toThrow(expect.objectContaining({ failure }))
})

test('a choice that breaks off ends the stream as a failure', () => {
  const bytes = Buffer.from('data: {"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}\n\ndata: [DONE]\n\n')
  expect(decodeStream(openRouter, [bytes]).map(({ type }) => type)).toEqual(['stream-error'])
})

test('credits that are used up, and moderation behind a 403, are told apart from a bad key', () => {
  const typeOf = (status: number, error: object): string =>
    openRouter.classifyFailure(refusal(status, JSON.stringify({ error: { code: status, ...error } }))).type
  expect(typeOf(402, { message: 'Insufficient credits' })).toBe('credential')
  expect(typeOf(403, { message: 'Flagged', metadata: { reasons: ['violence'] } })).toBe('content-filter')
  expect(typeOf(400, { metadata: { error_type: 'token_limit_exceeded' } })).toBe('credential')
  expect(typeOf(408, { message: 'Timed out' })).toBe('unavailable')
})
