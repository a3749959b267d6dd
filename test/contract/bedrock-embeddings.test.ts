import { expect, test } from 'vitest'
import { bedrock } from '../../data-plane/providers/bedrock.ts'
import { UnreadableAnswer, UntranslatableRequest } from '../../data-plane/providers/provider.ts'
import { NO_USAGE } from '../../shared/llm/usage.ts'
import { embeddingsCall } from './provider-calls.ts'

const TITAN = 'amazon.titan-embed-text-v2:0'
const COHERE = 'cohere.embed-english-v3'
const COHERE_4 = 'us.cohere.embed-v4:0'

function call(fields: Record<string, unknown>, upstreamModel = TITAN) {
  const request = { model: 'm', input: 'hi', ...fields }
  return embeddingsCall({ request, body: Buffer.from(JSON.stringify(request)), upstreamModel })
}

function build(fields: Record<string, unknown>, upstreamModel = TITAN): object {
  return JSON.parse(String(bedrock.buildRequest(call(fields, upstreamModel)).body)) as object
}

test.each([
  [TITAN, { dimensions: 256, normalize: false }, { inputText: 'hi', dimensions: 256, normalize: false }],
  [TITAN, { input: ['only'] }, { inputText: 'only' }],
  ['amazon.titan-embed-text-v1', {}, { inputText: 'hi' }],
  [
    'amazon.titan-embed-image-v1',
    { dimensions: 384 },
    { inputText: 'hi', embeddingConfig: { outputEmbeddingLength: 384 } },
  ],
  [COHERE, { input: ['a', 'b'] }, { texts: ['a', 'b'], input_type: 'search_document', embedding_types: ['float'] }],
  [
    COHERE_4,
    { dimensions: 512, input_type: 'search_query', truncate: 'RIGHT' },
    { texts: ['hi'], input_type: 'search_query', embedding_types: ['float'], truncate: 'RIGHT', output_dimension: 512 },
  ],
])('each model is asked in its own words: %s %j', (model, fields, expected) => {
  expect(build({ user: 'u', encoding_format: 'float', ...fields }, model)).toEqual(expected)
})

test.each([
  ['several texts of Titan', TITAN, { input: ['a', 'b'] }, /one text a call/],
  ['tokens', TITAN, { input: [1, 2] }, /not lists of tokens/],
  ['lists of tokens', COHERE, { input: [[1], [2]] }, /not lists of tokens/],
  ['another size of the first Titan', 'amazon.titan-embed-text-v1', { dimensions: 256 }, /one size/],
  ['another size of the third Cohere', COHERE, { dimensions: 256 }, /one size/],
  ['a model of another kind', 'anthropic.claude-sonnet-4-6', {}, /Titan and Cohere/],
])('what a model cannot be asked is refused with a sentence: %s', (_name, model, fields, sentence) => {
  expect(() => build(fields, model)).toThrow(UntranslatableRequest)
  expect(() => build(fields, model)).toThrow(sentence)
})

test.each([
  ['by type', '{"id":"1","texts":["a","b"],"embeddings":{"float":[[1,2],[3,4]]},"response_type":"embeddings_by_type"}'],
  ['as floats', '{"id":"1","texts":["a","b"],"embeddings":[[1,2],[3,4]],"response_type":"embeddings_floats"}'],
])('Cohere’s vectors are read in both of its forms, and it counts no tokens: %s', (_name, bytes) => {
  const { body, usage, finishReason } = bedrock.parseAnswer(call({ input: ['a', 'b'] }, COHERE), Buffer.from(bytes))
  expect(body).toEqual({
    object: 'list',
    data: [
      { object: 'embedding', index: 0, embedding: [1, 2] },
      { object: 'embedding', index: 1, embedding: [3, 4] },
    ],
  })
  expect({ usage, finishReason }).toEqual({ usage: null, finishReason: null })
})

test('base64 is 32-bit floats, little-endian, as OpenAI’s clients read them', () => {
  const answer = Buffer.from('{"embedding":[0.25,-1.5,3],"inputTextTokenCount":4}')
  const { body, usage } = bedrock.parseAnswer(call({ encoding_format: 'base64' }), answer)
  const [first] = body['data'] as { embedding: string }[]
  const bytes = Buffer.from(first?.embedding ?? '', 'base64')
  expect([...new Float32Array(new Uint8Array(bytes).buffer)]).toEqual([0.25, -1.5, 3])
  expect(body['usage']).toEqual({ prompt_tokens: 4, total_tokens: 4 })
  expect(usage).toEqual({ ...NO_USAGE, uncachedInputTokens: 4 })
})

test.each(['', '<html>', '{}', '{"embedding":"x"}', '{"embeddings":[[1],["x"]]}', '{"embeddings":{"int8":[[1]]}}'])(
  'bytes that hold no vectors are refused as unreadable: %s',
  (bytes) => {
    expect(() => bedrock.parseAnswer(call({}), Buffer.from(bytes))).toThrow(UnreadableAnswer)
  },
)
