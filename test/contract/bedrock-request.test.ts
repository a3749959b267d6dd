import { expect, test } from 'vitest'
import { bedrock } from '../../data-plane/providers/bedrock.ts'
import { UntranslatableRequest } from '../../data-plane/providers/provider.ts'
import { chatCall, embeddingsCall } from './provider-calls.ts'

const SONNET_45 = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'
const SONNET_46 = 'us.anthropic.claude-sonnet-4-6'
const NOVA = 'us.amazon.nova-2-lite-v1:0'

const TOOL = { type: 'function', function: { name: 'f', parameters: { type: 'object' } } }
const TOOL_SPEC = { toolSpec: { name: 'f', inputSchema: { json: { type: 'object' } } } }

type Body = Record<string, unknown> & { readonly messages: readonly { role: string; content: object[] }[] }

function build(fields: Record<string, unknown>, upstreamModel = SONNET_46): Body {
  return JSON.parse(String(bedrock.buildRequest(chatCall({ fields, upstreamModel })).body)) as Body
}

test('the model’s id is one segment of the path, and the operation is what was asked for', () => {
  const baseUrl = 'https://bedrock-runtime.eu-west-1.amazonaws.com'
  const upstreamModel = 'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-6'
  const segment = encodeURIComponent(upstreamModel)
  const urlOf = (stream: boolean) => bedrock.buildRequest(chatCall({ baseUrl, upstreamModel, stream })).url
  expect(urlOf(false)).toBe(`${baseUrl}/model/${segment}/converse`)
  expect(urlOf(true)).toBe(`${baseUrl}/model/${segment}/converse-stream`)
  const titan = embeddingsCall({ baseUrl, upstreamModel: 'amazon.titan-embed-text-v2:0' })
  expect(bedrock.buildRequest(titan).url).toBe(`${baseUrl}/model/amazon.titan-embed-text-v2%3A0/invoke`)
  expect(bedrock.buildRequest(chatCall({ upstreamModel: "a(b)'*!" })).url).toContain('/model/a%28b%29%27%2A%21/')
})

test('a Bedrock API key is the bearer; AWS keys sign for the credential’s region', () => {
  const withKey = bedrock.buildRequest(chatCall({ secrets: { apiKey: 'bedrock-key' }, stream: true }))
  expect(withKey.signing).toBeUndefined()
  expect(withKey.headers).toEqual({
    'content-type': 'application/json',
    accept: 'application/vnd.amazon.eventstream',
    authorization: 'Bearer bedrock-key',
  })
  const secrets = { accessKeyId: 'a', secretAccessKey: 's' }
  const signed = bedrock.buildRequest(chatCall({ secrets, settings: { region: 'ap-south-1' } }))
  expect(signed.headers).toEqual({ 'content-type': 'application/json', accept: 'application/json' })
  expect(signed.signing).toEqual({ type: 'aws-sigv4', service: 'bedrock', region: 'ap-south-1' })
  expect(bedrock.buildRequest(chatCall({ secrets })).signing).toMatchObject({ region: 'us-east-1' })
})

test('roles alternate, what the system says stands apart, and blank text is left out', () => {
  const { messages, system } = build({
    messages: [
      { role: 'system', content: 'A' },
      { role: 'user', content: 'one' },
      {
        role: 'user',
        name: 'ann',
        content: [
          { type: 'text', text: 'two' },
          { type: 'text', text: ' \n' },
        ],
      },
      { role: 'developer', content: [{ type: 'text', text: 'B' }] },
      { role: 'assistant', content: '' },
      { role: 'assistant', content: null, refusal: 'No.' },
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'Never.' }] },
      { role: 'user', content: 'three' },
    ],
  })
  expect(system).toEqual([{ text: 'A' }, { text: 'B' }])
  expect(messages).toEqual([
    { role: 'user', content: [{ text: 'one' }, { text: 'two' }] },
    { role: 'assistant', content: [{ text: 'No.' }, { text: 'Never.' }] },
    { role: 'user', content: [{ text: 'three' }] },
  ])
})

test('cache_control on a part, a message, a tool or a result is a cache point after it', () => {
  const mark = { cache_control: { type: 'ephemeral' } }
  const anHour = { cache_control: { type: 'ephemeral', ttl: '1h' } }
  const body = build({
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'S', ...anHour }] },
      { role: 'user', content: 'go', ...mark },
      { role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'c', content: [{ type: 'text', text: 'R', ...mark }] },
    ],
    tools: [{ ...TOOL, ...mark }, TOOL],
  })
  const point = { cachePoint: { type: 'default' } }
  expect(body['system']).toEqual([{ text: 'S' }, { cachePoint: { type: 'default', ttl: '1h' } }])
  expect(body.messages[0]?.content).toEqual([{ text: 'go' }, point])
  expect(body.messages[2]?.content).toEqual([{ toolResult: { toolUseId: 'c', content: [{ text: 'R' }] } }, point])
  expect(body['toolConfig']).toEqual({ tools: [TOOL_SPEC, point, TOOL_SPEC] })
})

test('pictures, documents and sound are what their bytes are, wherever they stood', () => {
  const url = (data: string) => ({ type: 'image_url', image_url: { url: data, detail: 'high' } })
  const content = [
    url('data:image/jpeg;base64,AA=='),
    url('data:application/pdf;base64,BB=='),
    url('s3://bucket/pictures/a.PNG'),
    { type: 'file', file: { filename: 'Café report_v2.final.csv', file_data: 'data:text/csv;base64,CC==' } },
    { type: 'file', file: { filename: 'notes.md', file_data: 'DD==' } },
    { type: 'input_audio', input_audio: { format: 'wav', data: 'EE==' } },
  ]
  expect(build({ messages: [{ role: 'user', content }] }).messages[0]?.content).toEqual([
    { image: { format: 'jpeg', source: { bytes: 'AA==' } } },
    { document: { format: 'pdf', name: 'document', source: { bytes: 'BB==' } } },
    { image: { format: 'png', source: { s3Location: { uri: 's3://bucket/pictures/a.PNG' } } } },
    { document: { format: 'csv', name: 'Caf- report-v2-final', source: { bytes: 'CC==' } } },
    { document: { format: 'md', name: 'notes', source: { bytes: 'DD==' } } },
    { audio: { format: 'wav', source: { bytes: 'EE==' } } },
  ])
})

test.each([
  ['another address', { type: 'image_url', image_url: { url: 'https://example.com/a.png' } }, /fetches no images/],
  ['no base64', { type: 'image_url', image_url: { url: 'data:image/png,abc' } }, /base64/],
  ['no comma', { type: 'image_url', image_url: { url: 'data:image/png;base64' } }, /base64/],
  ['a type unheard of', { type: 'image_url', image_url: { url: 'data:image/tiff;base64,AA==' } }, /PNG, JPEG/],
  ['S3 without a type', { type: 'image_url', image_url: { url: 's3://bucket/a' } }, /needs a name/],
  ['a file kept elsewhere', { type: 'file', file: { file_id: 'file-1' } }, /file_data/],
  ['half a sound', { type: 'input_audio', input_audio: { data: 'AA==' } }, /format and data/],
  ['a part unheard of', { type: 'hologram' }, /hologram/],
  ['no part at all', 7, /no content/],
])('what Converse cannot be shown is refused with a sentence: %s', (_name, part, sentence) => {
  const asked = () => build({ messages: [{ role: 'user', content: [part] }] })
  expect(asked).toThrow(UntranslatableRequest)
  expect(asked).toThrow(sentence)
})

test.each([
  [{ n: 2 }, /n must be 1/],
  [{ modalities: ['text', 'audio'] }, /modalities/],
  [{ audio: { voice: 'alloy' } }, /audio/],
  [{ logit_bias: { 50256: -100 } }, /logit_bias/],
  [{ web_search_options: {} }, /web_search_options/],
  [{ functions: [] }, /use tools/],
  [{ tools: [{ type: 'custom', custom: { name: 'x' } }] }, /custom/],
  [{ tools: [TOOL], tool_choice: { type: 'custom' } }, /tool_choice/],
  [{ response_format: { type: 'json_schema', json_schema: {} } }, /needs a schema/],
  [{ messages: [{ role: 'function', content: 'x' }] }, /role "function"/],
  [
    { messages: [{ role: 'system', content: [{ type: 'input_audio', input_audio: { format: 'wav', data: '' } }] }] },
    /text/,
  ],
  [{ messages: [{ role: 'assistant', function_call: { name: 'f', arguments: '{}' } }] }, /tool_calls/],
])('what would mean something else without is refused: %j', (fields, sentence) => {
  expect(() => build(fields)).toThrow(sentence)
  expect(() => build(fields)).toThrow(UntranslatableRequest)
})

test('JSON of any shape is asked for in words, and a schema travels as text', () => {
  const { system } = build({ messages: [{ role: 'user', content: 'x' }], response_format: { type: 'json_object' } })
  expect(system).toEqual([{ text: expect.stringContaining('JSON object') }])
  const schema = { type: 'object', properties: { a: { type: 'integer', minimum: 1 } } }
  const format = { type: 'json_schema', json_schema: { name: 'n', description: 'd', schema } }
  const textOf = (model: string) => {
    const { outputConfig } = build({ response_format: format }, model)
    const { textFormat } = outputConfig as { textFormat: { structure: { jsonSchema: { schema: string } } } }
    expect(textFormat).toMatchObject({ structure: { jsonSchema: { name: 'n', description: 'd' } } })
    return JSON.parse(textFormat.structure.jsonSchema.schema) as object
  }
  expect(textOf('qwen.qwen3-32b-v1:0')).toEqual(schema)
  // Claude's compiler refuses open objects and bounds: https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
  expect(textOf(SONNET_46)).toMatchObject({ additionalProperties: false, properties: { a: { type: 'integer' } } })
  expect(() => build({ response_format: format }, 'anthropic.claude-3-haiku-20240307-v1:0')).toThrow(/JSON schema/)
})

test('what Converse has of its own goes through, what is Signalbox’s own does not, and the caller’s fields win', () => {
  const own = {
    guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1', trace: 'enabled' },
    requestMetadata: { team: 'a' },
    performanceConfig: { latency: 'optimized' },
    additionalModelResponseFieldPaths: ['/stop_sequence'],
  }
  const signalbox = { route: {}, service: 'turbo', routing: {}, cache: {}, provider: {}, models: [] }
  const dropped = { seed: 1, user: 'u', metadata: { a: 'b' }, store: true, logprobs: true, frequency_penalty: 1, x: 1 }
  const body = build({
    ...own,
    ...signalbox,
    ...dropped,
    service_tier: 'flex',
    outputConfig: { effort: 'max' },
    additionalModelRequestFields: { anthropic_beta: ['x'], top_k: 7 },
    reasoning_effort: 'low',
  })
  expect(body).toEqual({
    messages: [{ role: 'user', content: [{ text: 'hi' }] }],
    ...own,
    serviceTier: { type: 'flex' },
    outputConfig: { effort: 'max' },
    additionalModelRequestFields: {
      thinking: { type: 'adaptive', display: 'summarized' },
      anthropic_beta: ['x'],
      top_k: 7,
    },
  })
  expect(build({ service_tier: 'auto' })).not.toHaveProperty('serviceTier')
})

test('sampling is what the model takes: Nova’s top_k in its own place, at most a temperature of 1, none for the newest Claude', () => {
  const fields = { temperature: 1.5, top_p: 0.9, top_k: 20 }
  expect(build(fields, NOVA)).toMatchObject({
    inferenceConfig: { temperature: 1, topP: 0.9 },
    additionalModelRequestFields: { inferenceConfig: { topK: 20 } },
  })
  expect(build(fields, SONNET_46)).toMatchObject({
    inferenceConfig: { temperature: 1 },
    additionalModelRequestFields: { top_k: 20 },
  })
  const newest = build(fields, 'global.anthropic.claude-opus-4-8')
  expect(newest).not.toHaveProperty('inferenceConfig')
  expect(newest).not.toHaveProperty('additionalModelRequestFields')
})

test.each([
  [
    SONNET_46,
    'high',
    {
      additionalModelRequestFields: { thinking: { type: 'adaptive', display: 'summarized' } },
      outputConfig: { effort: 'high' },
    },
  ],
  [
    SONNET_45,
    'low',
    {
      inferenceConfig: { maxTokens: 16_384 },
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 3_276 } },
    },
  ],
  [
    NOVA,
    'minimal',
    { additionalModelRequestFields: { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' } } },
  ],
  [
    NOVA,
    'xhigh',
    { additionalModelRequestFields: { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'high' } } },
  ],
  [NOVA, 'none', { additionalModelRequestFields: { reasoningConfig: { type: 'disabled' } } }],
  ['openai.gpt-oss-120b-1:0', 'medium', { additionalModelRequestFields: { reasoning_effort: 'medium' } }],
  ['us.openai.gpt-5.6-sol', 'xhigh', { additionalModelRequestFields: { reasoning: { effort: 'xhigh' } } }],
  ['meta.llama4-maverick-17b-instruct-v1:0', 'high', {}],
])('reasoning is asked for in the words of the family: %s %s', (model, effort, expected) => {
  expect(build({ reasoning_effort: effort }, model)).toEqual({
    messages: [{ role: 'user', content: [{ text: 'hi' }] }],
    ...expected,
  })
})

test('hostile keys stay data, and a very long message does not overflow the stack', () => {
  const polluted = '{"__proto__":{"polluted":true},"constructor":{"prototype":{}}}'
  const parameters = JSON.parse(`{"type":"object","properties":${polluted}}`) as object
  const body = bedrock.buildRequest(
    chatCall({
      fields: {
        messages: [
          { role: 'assistant', tool_calls: [{ id: 'c', function: { name: 'f', arguments: polluted } }] },
          { role: 'user', content: Array.from({ length: 200_000 }, () => ({ type: 'text', text: 'x' })) },
          { role: 'system', content: Array.from({ length: 200_000 }, () => ({ type: 'text', text: 'x' })) },
        ],
        tools: [{ type: 'function', function: { name: 'f', parameters } }],
        additionalModelRequestFields: JSON.parse(polluted) as object,
      },
    }),
  ).body
  expect(String(body).split(polluted)).toHaveLength(4)
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
})
