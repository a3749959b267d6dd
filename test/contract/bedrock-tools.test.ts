import { expect, test } from 'vitest'
import { bedrock } from '../../data-plane/providers/bedrock.ts'
import { chatCall, decodeStream, fixture } from './provider-calls.ts'

const CLAUDE = 'us.anthropic.claude-sonnet-4-6'
const NOVA = 'us.amazon.nova-2-lite-v1:0'

const tool = (name: string, more: object = {}) => ({ type: 'function', function: { name, ...more } })
const TOOLS = [tool('f', { parameters: { type: 'object' } }), tool('g')]
const GO = { role: 'user', content: 'go' }

interface Body {
  readonly messages: readonly { role: string; content: readonly Record<string, unknown>[] }[]
  readonly toolConfig?: { tools: readonly object[]; toolChoice?: object }
  readonly additionalModelRequestFields?: object
}

function send(fields: Record<string, unknown>, upstreamModel = CLAUDE): string {
  return String(bedrock.buildRequest(chatCall({ fields: { messages: [GO], ...fields }, upstreamModel })).body)
}

function build(fields: Record<string, unknown>, upstreamModel = CLAUDE): Body {
  return JSON.parse(send(fields, upstreamModel)) as Body
}

function called(id: string, text: string): object {
  return { role: 'assistant', tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: text } }] }
}

test('a tool’s schema is an object’s, an empty description is none, and a strict one is compiled where the model can', () => {
  const parameters = { properties: { a: { type: 'string', minLength: 2 } } }
  const tools = [tool('f', { parameters, description: '', strict: true }), tool('g', { description: 'G' })]
  expect(build({ tools }, NOVA).toolConfig?.tools).toEqual([
    { toolSpec: { name: 'f', inputSchema: { json: { type: 'object', ...parameters } }, strict: true } },
    { toolSpec: { name: 'g', inputSchema: { json: { type: 'object', properties: {} } }, description: 'G' } },
  ])
  expect(build({ tools }).toolConfig?.tools[0]).toMatchObject({
    toolSpec: { strict: true, inputSchema: { json: { additionalProperties: false } } },
  })
  const old = build({ tools }, 'anthropic.claude-3-haiku-20240307-v1:0').toolConfig?.tools[0]
  expect(old).toMatchObject({ toolSpec: { inputSchema: { json: parameters } } })
  expect(old).not.toHaveProperty('toolSpec.strict')
})

test('a tool that Bedrock runs itself is passed on as it came', () => {
  const systemTool = { name: 'nova_grounding' }
  expect(build({ tools: [{ systemTool }] }, NOVA).toolConfig).toEqual({ tools: [{ systemTool }] })
})

test.each([
  [undefined, undefined],
  ['auto', undefined],
  ['required', { any: {} }],
  [{ type: 'function', function: { name: 'g' } }, { tool: { name: 'g' } }],
])('the choice of tools is Converse’s: %j', (choice, expected) => {
  expect(build({ tools: TOOLS, tool_choice: choice }).toolConfig?.toolChoice).toEqual(expected)
})

test('of allowed tools only those are offered', () => {
  const allowed = { mode: 'required', tools: [{ type: 'function', function: { name: 'g' } }] }
  const choice = { type: 'allowed_tools', allowed_tools: allowed }
  const { toolConfig } = build({ tools: TOOLS, tool_choice: choice })
  expect(toolConfig?.tools).toMatchObject([{ toolSpec: { name: 'g' } }])
  expect(toolConfig?.toolChoice).toEqual({ any: {} })
})

test('one tool at a time is asked of Claude, with the choice said once; of others, and without tools, nothing is', () => {
  const fields = { tools: TOOLS, parallel_tool_calls: false }
  const { toolConfig, additionalModelRequestFields } = build({ ...fields, tool_choice: 'required' })
  expect(toolConfig).not.toHaveProperty('toolChoice')
  expect(additionalModelRequestFields).toEqual({ tool_choice: { type: 'any', disable_parallel_tool_use: true } })
  expect(build(fields).additionalModelRequestFields).toMatchObject({ tool_choice: { type: 'auto' } })
  expect(build(fields, NOVA)).not.toHaveProperty('additionalModelRequestFields')
  expect(Object.keys(build({ parallel_tool_calls: false, tool_choice: 'required' }))).toEqual(['messages'])
})

test('a model that must call a tool is not told to think, which Bedrock refuses together', () => {
  const fields = { tools: TOOLS, tool_choice: 'required', reasoning_effort: 'low' }
  expect(build(fields)).not.toHaveProperty('additionalModelRequestFields')
  expect(build(fields)).toMatchObject({ outputConfig: { effort: 'low' } })
})

test.each([{ tools: TOOLS, tool_choice: 'none' }, {}])(
  'where no tool may be called none is offered, and earlier calls are told in words: %j',
  (fields) => {
    const messages = [GO, called('c1', '{"a": 1.0}'), { role: 'tool', tool_call_id: 'c1', content: 'R' }]
    expect(build({ ...fields, messages })).toEqual({
      messages: [
        { role: 'user', content: [{ text: 'go' }] },
        { role: 'assistant', content: [{ text: '[Tool call c1: f({"a": 1.0})]' }] },
        { role: 'user', content: [{ text: '[Result of tool call c1]' }, { text: 'R' }] },
      ],
    })
  },
)

test('arguments are sent to the letter of their numbers; what is no object is wrapped, and none is an empty one', () => {
  const sent = (text: string) => send({ tools: TOOLS, messages: [GO, called('c', text)] })
  expect(sent('{"a": 1.0, "b": 12345678901234567890, "c": 1e2}')).toContain(
    '"input":{"a":1.0,"b":12345678901234567890,"c":1e2}',
  )
  expect(sent('')).toContain('"input":{}')
  expect(sent('{"a":')).toContain('"input":{"INVALID_JSON":"{\\"a\\":"}')
  expect(sent('[1]')).toContain('"input":{"INVALID_JSON":"[1]"}')
})

test('a result may be empty, an error, or a picture', () => {
  const result = (content: unknown, more: object = {}) => {
    const messages = [GO, called('c', '{}'), { role: 'tool', tool_call_id: 'c', content, ...more }]
    return build({ tools: TOOLS, messages }).messages[2]?.content
  }
  const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }
  expect(result('')).toEqual([{ toolResult: { toolUseId: 'c', content: [{ text: '' }] } }])
  expect(result(null, { is_error: true })).toEqual([
    { toolResult: { toolUseId: 'c', content: [{ text: '' }], status: 'error' } },
  ])
  expect(result([{ type: 'text', text: 'A' }, picture])).toEqual([
    {
      toolResult: {
        toolUseId: 'c',
        content: [{ text: 'A' }, { image: { format: 'png', source: { bytes: 'AA==' } } }],
      },
    },
  ])
})

test('an id that another vendor gave is changed alike in the call and in its result', () => {
  const id = `functions.get weather:0/${'x'.repeat(80)}`
  const messages = [GO, called(id, '{}'), { role: 'tool', tool_call_id: id, content: 'R' }]
  const [, call, result] = build({ tools: TOOLS, messages }).messages
  expect(call?.content[0]).toMatchObject({ toolUse: { toolUseId: expect.stringMatching(/^[\w-]{64}$/) } })
  expect(result?.content[0]?.['toolResult']).toMatchObject({
    toolUseId: Reflect.get(call?.content[0]?.['toolUse'] ?? {}, 'toolUseId'),
  })
})

/** A message as a client holds it after a whole answer, or after a stream. */
function answered(bytes: string, upstreamModel = CLAUDE): object {
  const { body } = bedrock.parseAnswer(chatCall({ upstreamModel }), Buffer.from(bytes))
  return (body['choices'] as { message: object }[])[0]?.message ?? {}
}

const BLOCKS = [
  { reasoningContent: { reasoningText: { text: 'first', signature: 'c2lnMQ==' } } },
  { reasoningContent: { redactedContent: Buffer.from('EqQICkgIDRABGAIq==').toString('base64') } },
  { text: 'Let me see.' },
  { reasoningContent: { reasoningText: { text: '', signature: 'c2lnMg==' } } },
  { toolUse: { toolUseId: 'c1', name: 'f', input: { a: 1 } } },
  { toolUse: { toolUseId: 'c2', name: 'g', input: {} } },
]

test.each([CLAUDE, 'arn:aws:bedrock:us-east-1:1:application-inference-profile/abc', NOVA])(
  'reasoning goes back as the model wrote it, each block in its place: %s',
  (model) => {
    const message = answered(
      JSON.stringify({ output: { message: { content: BLOCKS } }, stopReason: 'tool_use' }),
      model,
    )
    const results = ['c1', 'c2'].map((id) => ({ role: 'tool', tool_call_id: id, content: 'R' }))
    const { messages } = build({ tools: TOOLS, messages: [GO, message, ...results] }, model)
    expect(messages[1]).toEqual({ role: 'assistant', content: BLOCKS })
  },
)

test('reasoning of a stream goes out whole, once, and back as the model wrote it', () => {
  const stream = fixture('bedrock-reasoning.bin')
  const details = decodeStream(bedrock, [stream], { upstreamModel: CLAUDE }).flatMap((event) =>
    event.type === 'chunk-delta' ? (event.chunk.choices?.[0]?.delta?.['reasoning_details'] ?? []) : [],
  )
  const message = { role: 'assistant', content: 'À gauche.', reasoning_details: details }
  expect(build({ messages: [GO, message] }).messages[1]?.content).toEqual([
    { reasoningContent: { reasoningText: { text: 'La gare est où ? 🤔', signature: 'c2lnbmVk' } } },
    { reasoningContent: { redactedContent: 'c2VjcmV0' } },
    { text: 'À gauche.' },
  ])
})

test('what another vendor’s models thought, and what nobody signed, is not sent', () => {
  const reasoning_details = [
    { type: 'thinking', thinking: 'unsigned', index: 0 },
    { type: 'reasoning.encrypted', format: 'google-gemini-v1', data: 'AA==' },
    { type: 'reasoning_content', reasoningContent: { reasoningText: { text: 'unsigned' } }, index: 0 },
    'noise',
  ]
  const message = { role: 'assistant', content: 'A', reasoning_content: 'unsigned', reasoning_details }
  expect(build({ messages: [GO, message] }).messages[1]?.content).toEqual([{ text: 'A' }])
  const claudes = [{ type: 'thinking', thinking: 't', signature: 's', index: 0 }]
  const toNova = build({ messages: [GO, { ...message, reasoning_details: claudes }] }, NOVA)
  expect(toNova.messages[1]?.content).toEqual([{ text: 'A' }])
})
