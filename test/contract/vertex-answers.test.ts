import { describe, expect, test } from 'vitest'
import { FailedAnswer, type ChatCall } from '../../data-plane/providers/provider.ts'
import { vertex } from '../../data-plane/providers/vertex.ts'
import type { StreamEvent } from '../../shared/llm/stream-event.ts'
import { NO_USAGE } from '../../shared/llm/usage.ts'
import { chatCall, decodeStream, fixture, refusal } from './provider-calls.ts'

/** How Gemini's answers, streams and refusals are read, beyond what every adapter is asked for. */

const parse = (answer: object, call: Partial<ChatCall> = {}) =>
  vertex.parseAnswer(chatCall({ upstreamModel: 'gemini-3.5-flash', ...call }), Buffer.from(JSON.stringify(answer)))

const choicesOf = (answer: object) => parse(answer).body['choices'] as Record<string, unknown>[]

const candidate = (parts: object[], rest: object = {}) => ({
  candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP', ...rest }],
})

const decode = (answers: readonly object[], call: Partial<ChatCall> = {}): StreamEvent[] =>
  decodeStream(vertex, [Buffer.from(answers.map((answer) => `data: ${JSON.stringify(answer)}\r\n\r\n`).join(''))], call)

const FILTERS = ['RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'MODEL_ARMOR']
const PICTURE_FILTERS = ['IMAGE_SAFETY', 'IMAGE_PROHIBITED_CONTENT', 'IMAGE_RECITATION']
const BAD_CALLS = ['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'TOO_MANY_TOOL_CALLS', 'MALFORMED_RESPONSE']
const OTHERS = ['LANGUAGE', 'OTHER', 'NO_IMAGE', 'IMAGE_OTHER', 'FINISH_REASON_UNSPECIFIED', '__proto__']

test.each<[string, string, string | undefined]>([
  ['STOP', 'stop', undefined],
  ['MAX_TOKENS', 'length', undefined],
  ['CONTINUATION', 'length', 'CONTINUATION'],
  ['SAFETY', 'content_filter', undefined],
  ...[...FILTERS, ...PICTURE_FILTERS].map((word): [string, string, string] => [word, 'content_filter', word]),
  ...[...BAD_CALLS, ...OTHERS].map((word): [string, string, string] => [word, 'stop', word]),
])('Gemini stopped for %s: %s', (word, finishReason, native) => {
  const [choice] = choicesOf(candidate([{ text: 'x' }], { finishReason: word }))
  expect([choice?.['finish_reason'], choice?.['native_finish_reason']]).toEqual([finishReason, native])
  const events = decode([candidate([{ text: 'x' }], { finishReason: word })])
  expect(events[0]).toMatchObject({ chunk: { choices: [{ finish_reason: finishReason }] } })
  expect(events.at(-1)).toEqual({ type: 'stream-end' })
})

test('a limit reached while calling tools is a limit', () => {
  const [choice] = choicesOf(candidate([{ functionCall: { name: 'f' } }], { finishReason: 'MAX_TOKENS' }))
  expect(choice?.['finish_reason']).toBe('length')
})

test('a blocked candidate has no content, and a blocked prompt says why', () => {
  expect(choicesOf({ candidates: [{ finishReason: 'SAFETY', safetyRatings: [{ blocked: true }] }] })).toEqual([
    {
      index: 0,
      message: { role: 'assistant', content: null, refusal: null },
      finish_reason: 'content_filter',
      safetyRatings: [{ blocked: true }],
    },
  ])
  const promptFeedback = { blockReason: 'JAILBREAK', blockReasonMessage: 'No.' }
  expect(parse({ promptFeedback }).body).toMatchObject({
    promptFeedback,
    choices: [{ finish_reason: 'content_filter' }],
  })
  expect(decode([{ promptFeedback }], { request: { model: 'm', messages: [], n: 2 } })).toMatchObject([
    { type: 'chunk-delta', hasContent: false, chunk: { promptFeedback } },
    { type: 'stream-end' },
  ])
})

test('calls that Google names are called that, the others by the answer’s id', () => {
  const answer = JSON.parse(fixture('vertex-answer-parallel-calls.json').toString()) as object
  const idsOf = (body: object) => {
    const message = choicesOf(body)[0]?.['message'] as { tool_calls: { id: string }[] } | undefined
    return message?.tool_calls.map(({ id }) => id)
  }
  expect(idsOf({ ...answer, responseId: 'r-1' })).toEqual(['call_r-1_0_0', 'call_r-1_0_1', 'call_r-1_0_2'])
  expect(new Set(idsOf(answer)).size).toBe(3)
  expect(idsOf(candidate([{ functionCall: { id: 'theirs', name: 'f' } }]))).toEqual(['theirs'])
})

test('streamed calls are numbered on over the whole stream', () => {
  const events = decode([
    {
      candidates: [{ content: { parts: [{ functionCall: { name: 'f' } }, { functionCall: { name: 'g' } }] } }],
      responseId: 'r',
    },
    { ...candidate([{ functionCall: { name: 'f', args: { a: 1 } } }]), responseId: 'r' },
  ])
  const calls = events.flatMap((event) =>
    'chunk' in event ? (event.chunk.choices?.[0]?.delta?.['tool_calls'] ?? []) : [],
  )
  expect(calls).toMatchObject([
    { index: 0, id: 'call_r_0_0', function: { name: 'f', arguments: '{}' } },
    { index: 1, id: 'call_r_0_1', function: { name: 'g', arguments: '{}' } },
    { index: 2, id: 'call_r_0_2', function: { name: 'f', arguments: '{"a":1}' } },
  ])
})

test('what Google says beside is kept in its own words', () => {
  const kept = {
    citationMetadata: { citations: [{ uri: 'https://a.example' }] },
    groundingMetadata: { webSearchQueries: ['a', 'b'] },
    avgLogprobs: -0.5,
    finishMessage: 'Done.',
    continuationToken: 'dG9rZW4=',
  }
  const answer = { ...candidate([{ text: 'x' }], kept), modelVersion: 'gemini-3.5-flash-001', responseId: 'r' }
  const { body } = parse(answer)
  expect(body).toMatchObject({ modelVersion: 'gemini-3.5-flash-001', responseId: 'r', choices: [kept] })
  expect(body).not.toHaveProperty('candidates')
  expect(decode([answer])[0]).toMatchObject({ chunk: { modelVersion: 'gemini-3.5-flash-001', choices: [kept] } })
})

test('searches are counted as they are charged: each, and before the third generation once', () => {
  const usageMetadata = { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 }
  const answer = {
    ...candidate([{ text: 'x' }], { groundingMetadata: { webSearchQueries: ['a', 'b'] } }),
    usageMetadata,
  }
  expect(parse(answer).usage?.webSearches).toBe(2)
  expect(parse(answer, { upstreamModel: 'gemini-2.5-flash' }).usage?.webSearches).toBe(1)
  const streamed = decode([answer], { upstreamModel: 'gemini-3.5-flash' }).find(({ type }) => type === 'usage-report')
  expect(streamed).toMatchObject({ usage: { webSearches: 2 } })
})

test('probabilities are told in OpenAI’s form', () => {
  const logprobsResult = {
    chosenCandidates: [{ token: 'né', tokenId: 7, logProbability: -0.25 }],
    topCandidates: [
      {
        candidates: [
          { token: 'né', logProbability: -0.25 },
          { token: 'x', logProbability: -2 },
        ],
      },
    ],
  }
  const content = [
    {
      token: 'né',
      logprob: -0.25,
      bytes: null,
      top_logprobs: [
        { token: 'né', logprob: -0.25, bytes: null },
        { token: 'x', logprob: -2, bytes: null },
      ],
    },
  ]
  expect(choicesOf(candidate([{ text: 'né' }], { logprobsResult }))[0]?.['logprobs']).toEqual({
    content,
    refusal: null,
  })
})

test('an answer was made when Google says, else when the call began', () => {
  const answer = candidate([{ text: 'x' }])
  expect(parse({ ...answer, createTime: '2026-11-20T10:00:00.9Z' }).body['created']).toBe(1_795_168_800)
  expect(parse({ ...answer, createTime: 'soon' }).body['created']).toBe(chatCall().created)
})

describe('usage', () => {
  const usageOf = (usageMetadata: object) => parse({ ...candidate([{ text: 'x' }]), usageMetadata }).usage
  const of = (modality: string, tokenCount: number) => ({ modality, tokenCount })

  test('sound and pictures are told apart, in and out, and what the cache served is counted as that', () => {
    expect(
      usageOf({
        promptTokenCount: 1_000,
        cachedContentTokenCount: 300,
        promptTokensDetails: [of('TEXT', 400), of('AUDIO', 250), of('IMAGE', 200), of('VIDEO', 150)],
        cacheTokensDetails: [of('TEXT', 200), of('AUDIO', 100)],
        toolUsePromptTokenCount: 40,
        toolUsePromptTokensDetails: [of('TEXT', 30), of('IMAGE', 10)],
        candidatesTokenCount: 100,
        candidatesTokensDetails: [of('TEXT', 50), of('AUDIO', 20), of('IMAGE', 30)],
        thoughtsTokenCount: 60,
        totalTokenCount: 1_200,
      }),
    ).toEqual({
      ...NO_USAGE,
      uncachedInputTokens: 1_000 - 300 + 40 - 150 - 210,
      cacheReadTokens: 300,
      inputAudioTokens: 150,
      inputImageTokens: 210,
      outputTokens: 50 + 60,
      reasoningTokens: 60,
      outputAudioTokens: 20,
      outputImageTokens: 30,
    })
  })

  test('counts that contradict each other never give a negative class', () => {
    const details = [of('AUDIO', 9), of('IMAGE', 9)]
    expect(
      usageOf({
        promptTokenCount: 5,
        cachedContentTokenCount: 50,
        promptTokensDetails: details,
        candidatesTokenCount: 3,
        candidatesTokensDetails: details,
        thoughtsTokenCount: -4,
      }),
    ).toEqual({ ...NO_USAGE, cacheReadTokens: 5, outputAudioTokens: 3 })
  })

  test('a recorded run of code counts what the tool fed the model', () => {
    const report = decodeStream(vertex, [fixture('vertex-stream-code-execution.txt')]).find(
      ({ type }) => type === 'usage-report',
    )
    expect(report).toMatchObject({
      usage: { uncachedInputTokens: 210 + 371, outputTokens: 192 + 192, reasoningTokens: 192 },
      chunk: { choices: [], usage: { total_tokens: 965 } },
    })
  })
})

describe('a stream', () => {
  test('reports its usage once, the last', () => {
    const reports = decodeStream(vertex, [fixture('vertex-stream-signed-call.txt')]).filter(
      ({ type }) => type === 'usage-report',
    )
    expect(reports).toMatchObject([{ usage: { uncachedInputTokens: 38, outputTokens: 6 + 168, reasoningTokens: 168 } }])
  })

  test('with several answers ends when each has stopped, and tells them apart', () => {
    const request = { model: 'm', messages: [], n: 2 }
    const said = (index: number, finishReason?: string) => ({
      candidates: [{ index, content: { parts: [{ text: `${index}` }] }, finishReason }],
    })
    const events = decode([said(0), said(1), said(1, 'STOP'), said(0, 'STOP')], { request })
    expect(events.map(({ type }) => type)).toEqual([...Array.from({ length: 4 }, () => 'chunk-delta'), 'stream-end'])
    const deltas = events.flatMap((event) => ('chunk' in event ? (event.chunk.choices ?? []) : []))
    expect(deltas.map(({ index, delta }) => [index, delta?.['role'], delta?.content])).toEqual([
      [0, 'assistant', '0'],
      [1, 'assistant', '1'],
      [1, undefined, '1'],
      [0, undefined, '0'],
    ])
  })

  test('has content from the first thought, word, call or picture, and a signature is none', () => {
    const first = (part: object) => decode([{ candidates: [{ content: { parts: [part] } }] }])[0]
    for (const part of [
      { text: 'hm', thought: true },
      { text: 'x' },
      { functionCall: { name: 'f' } },
      { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
    ]) {
      expect(first(part)).toMatchObject({ hasContent: true })
    }
    for (const part of [{ text: '', thoughtSignature: 'c2ln' }, { thoughtSignature: 'c2ln' }, {}]) {
      expect(first(part)).toMatchObject({ hasContent: false })
    }
  })

  test('is read the same with either end of line', () => {
    const bytes = fixture('vertex-stream-text.txt')
    const lineFeeds = Buffer.from(bytes.toString().replaceAll('\r\n', '\n'))
    expect(decodeStream(vertex, [lineFeeds])).toEqual(decodeStream(vertex, [bytes]))
  })

  test('that fails with its error in a list is a failure, with the time to wait', () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '3s' }]
    const error = { code: 429, message: 'Resource exhausted.', status: 'RESOURCE_EXHAUSTED', details }
    const failure = {
      type: 'rate-limit',
      message: 'Resource exhausted.',
      code: 'RESOURCE_EXHAUSTED',
      retryAfterMs: 3_000,
    }
    expect(decode([[{ error }]])).toEqual([{ type: 'stream-error', failure }])
    expect(decode([[{ error }, {}]])).toMatchObject([{ failure: { code: 'unreadable' } }])
    expect(() => parse({ error })).toThrow(FailedAnswer)
  })

  test('of more candidates than Google makes is unreadable', () => {
    expect(decode([{ candidates: [{ index: 1e9, content: {} }] }])).toMatchObject([{ failure: { code: 'unreadable' } }])
  })
})

describe('a refusal', () => {
  const classify = (status: number, error: object, headers = {}) =>
    vertex.classifyFailure(refusal(status, JSON.stringify({ error }), headers))

  test('of a key is the credential’s, though it comes as a bad request', () => {
    const body = fixture('vertex-refusal-api-key.json').toString()
    expect(vertex.classifyFailure(refusal(400, body))).toMatchObject({ type: 'credential', code: 'API_KEY_INVALID' })
  })

  test.each([
    ['a project that is not set up', 400, 'FAILED_PRECONDITION', 'Billing is not enabled.', 'credential'],
    ['a cache that is gone', 404, 'NOT_FOUND', 'Not found: cache content metadata 8754364356910645200.', 'request'],
    ['a model that is not there', 404, 'NOT_FOUND', 'Publisher Model was not found.', 'model'],
    ['a time that ran out', 504, 'DEADLINE_EXCEEDED', 'Deadline expired.', 'unavailable'],
    ['a call taken back', 499, 'CANCELLED', 'The operation was cancelled.', 'unavailable'],
    ['a word yet to come', 418, 'TEAPOT', 'I am a teapot.', 'unavailable'],
  ])('is told by Google’s word: %s', (_name, code, status, message, type) => {
    expect(classify(code, { code, status, message })).toEqual({ type, message, code: status, retryAfterMs: null })
  })

  test('waits as long as the header says, else as the body says, and no day long', () => {
    const delayed = (retryDelay: unknown) => ({
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay }],
    })
    expect(classify(429, delayed('34.074824224s')).retryAfterMs).toBe(34_075)
    expect(classify(429, delayed('34s'), { 'retry-after': '7' }).retryAfterMs).toBe(7_000)
    expect(classify(429, delayed('86400s')).retryAfterMs).toBe(3_600_000)
    for (const nonsense of ['soon', '-1s', 7, null]) expect(classify(429, delayed(nonsense)).retryAfterMs).toBeNull()
  })
})
