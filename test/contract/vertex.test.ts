import { describe, expect, test } from 'vitest'
import { UntranslatableRequest, type ChatCall, type ProviderCall } from '../../data-plane/providers/provider.ts'
import { vertex } from '../../data-plane/providers/vertex.ts'
import { describeProvider } from './describe-provider.ts'
import { chatCall, embeddingsCall, fixture, refusal } from './provider-calls.ts'
import { GEMINI_CASES } from './vertex-cases.ts'

describe('Gemini', () => {
  describeProvider(vertex, GEMINI_CASES)
})

const BASE = { baseUrl: 'https://vendor.example', settings: { project: 'p-1', location: 'europe-west1' } }
const ACCOUNT = { client_email: 'robot@p-2.example', private_key: 'key', project_id: 'p-2' }

const chat = (changes: Partial<ChatCall> = {}): ChatCall => chatCall({ ...BASE, upstreamModel: 'gemini-x', ...changes })
const embed = (upstreamModel: string, fields: object = {}) =>
  embeddingsCall({ ...BASE, upstreamModel, request: { model: 'm', input: 'hi', ...fields } })
const bodyOf = (call: ProviderCall): unknown => JSON.parse(String(vertex.buildRequest(call).body))

const HERE = 'https://vendor.example/v1/projects/p-1/locations/europe-west1'
test.each<[string, ProviderCall, string]>([
  ['a model', chat(), `${HERE}/publishers/google/models/gemini-x:generateContent`],
  ['a stream', chat({ stream: true }), `${HERE}/publishers/google/models/gemini-x:streamGenerateContent?alt=sse`],
  [
    'Claude',
    chat({ upstreamModel: 'claude-sonnet-4-5@20250929' }),
    `${HERE}/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict`,
  ],
  [
    'Claude, streamed',
    chat({ upstreamModel: 'claude-opus-5', stream: true }),
    `${HERE}/publishers/anthropic/models/claude-opus-5:streamRawPredict`,
  ],
  ['a tuned model', chat({ upstreamModel: 'endpoints/42' }), `${HERE}/endpoints/42:generateContent`],
  ['embeddings', embed('text-embedding-005'), `${HERE}/publishers/google/models/text-embedding-005:predict`],
  ['newer embeddings', embed('gemini-embedding-2'), `${HERE}/publishers/google/models/gemini-embedding-2:embedContent`],
  [
    'the project of an account, everywhere',
    chat({ secrets: ACCOUNT, settings: {} }),
    'https://vendor.example/v1/projects/p-2/locations/global/publishers/google/models/gemini-x:generateContent',
  ],
  [
    'a key without a project',
    chat({ settings: {} }),
    'https://vendor.example/v1/publishers/google/models/gemini-x:generateContent',
  ],
  [
    'names that would lead elsewhere',
    chat({ upstreamModel: '../x?y#z', settings: { project: 'a/b', location: 'c?d' } }),
    'https://vendor.example/v1/projects/a%2Fb/locations/c%3Fd/publishers/google/models/..%2Fx%3Fy%23z:generateContent',
  ],
])('a call is addressed: %s', (_name, call, url) => {
  expect(vertex.buildRequest(call).url).toBe(url)
})

test('an account’s requests are signed, a key’s carry it in its header', () => {
  const signed = vertex.buildRequest(chat({ secrets: ACCOUNT }))
  expect(signed.signing).toEqual({ type: 'google-access-token' })
  expect(Object.keys(signed.headers)).toEqual(['content-type', 'accept'])
  const keyed = vertex.buildRequest(chat({ secrets: { apiKey: 'sk-1' } }))
  expect(keyed.headers).toMatchObject({ 'x-goog-api-key': 'sk-1' })
  expect(keyed).not.toHaveProperty('signing')
})

describe('Claude', () => {
  const claude = (changes: Partial<ChatCall> = {}) => chat({ upstreamModel: 'claude-sonnet-5', ...changes })

  test('the version stands in the body, and the model in the address alone', () => {
    const body = bodyOf(claude())
    expect(body).toMatchObject({ anthropic_version: 'vertex-2023-10-16', messages: [{ role: 'user' }] })
    expect(body).not.toHaveProperty('model')
    expect(body).not.toHaveProperty('stream')
    expect(bodyOf(claude({ stream: true }))).toMatchObject({ stream: true })
  })

  test('answers and streams are read as Anthropic’s', () => {
    const { body } = vertex.parseAnswer(claude(), fixture('anthropic-message-text.json'))
    expect(body).toMatchObject({ choices: [{ message: { content: 'Hello!' } }] })
    const decoder = vertex.createStreamDecoder(claude({ stream: true }))
    expect(decoder.decode(fixture('anthropic-stream-text.txt')).at(-1)).toEqual({ type: 'stream-end' })
  })

  test('its own errors are Anthropic’s, and those of Google’s door are Google’s', () => {
    const long =
      '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 2 tokens > 1"}}'
    expect(vertex.classifyFailure(refusal(400, long)).type).toBe('context-length')
    expect(vertex.classifyFailure(refusal(403, fixture('vertex-refusal-permission.json').toString()))).toMatchObject({
      type: 'credential',
      code: 'IAM_PERMISSION_DENIED',
    })
  })

  test('it makes no embeddings', () => {
    expect(() => vertex.buildRequest(embed('claude-sonnet-5'))).toThrow(UntranslatableRequest)
  })
})

describe('embeddings', () => {
  test('several texts go in one request, with Google’s own parameters', () => {
    const fields = {
      input: ['a', 'b'],
      dimensions: 256,
      task_type: 'RETRIEVAL_DOCUMENT',
      auto_truncate: false,
      user: 'u',
      encoding_format: 'base64',
    }
    expect(bodyOf(embed('text-embedding-005', fields))).toEqual({
      instances: [
        { content: 'a', task_type: 'RETRIEVAL_DOCUMENT' },
        { content: 'b', task_type: 'RETRIEVAL_DOCUMENT' },
      ],
      parameters: { outputDimensionality: 256, autoTruncate: false },
    })
  })

  test('newer models take one text a request', () => {
    expect(bodyOf(embed('gemini-embedding-2', { dimensions: 768 }))).toEqual({
      content: { role: 'user', parts: [{ text: 'hi' }] },
      embedContentConfig: { outputDimensionality: 768 },
    })
    const body = '{"embedding":{"values":[1,-0.5]},"usageMetadata":{"promptTokenCount":3,"totalTokenCount":3}}'
    expect(vertex.parseAnswer(embed('gemini-embedding-2'), Buffer.from(body))).toMatchObject({
      body: { data: [{ index: 0, embedding: [1, -0.5] }], usage: { prompt_tokens: 3, total_tokens: 3 } },
      usage: { uncachedInputTokens: 3 },
    })
    expect(() => bodyOf(embed('gemini-embedding-2', { input: ['a', 'b'] }))).toThrow(UntranslatableRequest)
  })

  test('tokens in place of text are refused', () => {
    for (const input of [[1, 2], [[1, 2]]]) {
      expect(() => bodyOf(embed('text-embedding-005', { input }))).toThrow(UntranslatableRequest)
    }
  })

  const answerOf = (predictions: unknown, fields = {}) =>
    vertex.parseAnswer(embed('text-embedding-005', fields), Buffer.from(JSON.stringify({ predictions })))

  test('base64 is four bytes a number, the lowest first', () => {
    const { body } = answerOf([{ embeddings: { values: [1, -2.5] } }], { encoding_format: 'base64' })
    const [first] = body['data'] as { embedding: string }[]
    const bytes = Buffer.from(first?.embedding ?? '', 'base64')
    expect([...new Float32Array(new Uint8Array(bytes).buffer)]).toEqual([1, -2.5])
  })

  test('tokens are added up, and none are reported where one text’s are missing', () => {
    const counted = (count?: number) => ({ embeddings: { values: [1], statistics: { token_count: count } } })
    expect(answerOf([counted(2), counted(3)], { input: ['a', 'b'] }).usage?.uncachedInputTokens).toBe(5)
    expect(answerOf([counted(2), counted()], { input: ['a', 'b'] }).usage).toBeNull()
  })

  test('fewer vectors than inputs, and vectors that are none, are unreadable', () => {
    for (const predictions of [[], 'x', [{ embeddings: {} }], [{ embeddings: { values: ['1'] } }], [7]]) {
      expect(() => answerOf(predictions)).toThrow(/^the answer/)
    }
  })
})
