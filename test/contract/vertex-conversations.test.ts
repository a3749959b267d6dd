import { expect, test } from 'vitest'
import { vertex } from '../../data-plane/providers/vertex.ts'
import { callOf, geminiBody as bodyOf, type Asked } from './gemini-body.ts'
import { chatCall, decodeStream, fixture } from './provider-calls.ts'

/** How a conversation is put into Gemini's words, and what the model said goes back as it came. */

const HI = [{ role: 'user', parts: [{ text: 'hi' }] }]
const partsOf = (content: unknown): unknown => bodyOf({ messages: [{ role: 'user', content }] }).contents[0]?.parts
const contentsOf = (messages: object[], asked?: Asked): unknown => bodyOf({ messages }, asked).contents

test.each([
  [
    'a picture without an ending',
    { type: 'image_url', image_url: { url: 'https://a.example/b?c=.png' } },
    { fileData: { mimeType: 'image/jpeg', fileUri: 'https://a.example/b?c=.png' } },
  ],
  [
    'a picture as text alone',
    { type: 'image_url', image_url: 'https://a.example/b.WEBP' },
    { fileData: { mimeType: 'image/webp', fileUri: 'https://a.example/b.WEBP' } },
  ],
  [
    'a picture with a charset',
    { type: 'image_url', image_url: { url: 'data:image/gif;x=y;base64,AAAA' } },
    { inlineData: { mimeType: 'image/gif', data: 'AAAA' } },
  ],
  [
    'sound',
    { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
    { inlineData: { mimeType: 'audio/mp3', data: 'AAAA' } },
  ],
  [
    'a document',
    { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
    { inlineData: { mimeType: 'application/pdf', data: 'AAAA' } },
  ],
  [
    'a film',
    { type: 'video_url', video_url: { url: 'https://a.example/b.mov' } },
    { fileData: { mimeType: 'video/quicktime', fileUri: 'https://a.example/b.mov' } },
  ],
])('media keep their kind: %s', (_name, item, part) => {
  expect(partsOf([{ type: 'text', text: 'x' }, item])).toEqual([{ text: 'x' }, part])
})

test('instructions stand apart wherever they came, and are the question where there is no other', () => {
  const messages = [
    { role: 'user', content: 'a' },
    { role: 'developer', content: [{ type: 'text', text: 'b' }] },
    { role: 'system', content: 'c' },
  ]
  expect(bodyOf({ messages })).toEqual({
    systemInstruction: { parts: [{ text: 'b' }, { text: 'c' }] },
    contents: [{ role: 'user', parts: [{ text: 'a' }] }],
  })
  expect(bodyOf({ messages: [{ role: 'system', content: 'c' }] })).toEqual({
    contents: [{ role: 'user', parts: [{ text: 'c' }] }],
  })
})

test('results go together in the order of their calls, with the names of these', () => {
  const messages = [
    { role: 'assistant', content: '', tool_calls: [callOf('a', ''), callOf('__proto__', '{"x":1e2}')] },
    { role: 'tool', tool_call_id: '__proto__', content: [{ type: 'text', text: 'two' }] },
    { role: 'tool', tool_call_id: 'a', content: 'one' },
    { role: 'user', content: 'go on' },
  ]
  expect(contentsOf(messages, { model: 'gemini-2.5-flash' })).toEqual([
    {
      role: 'model',
      parts: [{ functionCall: { name: 'f_a', args: {} } }, { functionCall: { name: 'f___proto__', args: { x: 100 } } }],
    },
    {
      role: 'user',
      parts: [
        { functionResponse: { name: 'f_a', response: { output: 'one' } } },
        { functionResponse: { name: 'f___proto__', response: { output: 'two' } } },
      ],
    },
    { role: 'user', parts: [{ text: 'go on' }] },
  ])
})

test('a result’s pictures go with it', () => {
  const content = [
    { type: 'text', text: 'seen' },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
  ]
  const messages = [
    { role: 'assistant', tool_calls: [callOf('a', '{}')] },
    { role: 'tool', tool_call_id: 'a', content },
  ]
  expect(bodyOf({ messages }).contents[1]?.parts).toEqual([
    {
      functionResponse: {
        id: 'a',
        name: 'f_a',
        response: { output: 'seen' },
        parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }],
      },
    },
  ])
})

test('a turn of the model’s in which nothing was said is left out', () => {
  const messages = [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: '' },
    { role: 'assistant', content: null },
  ]
  expect(contentsOf(messages)).toEqual(HI)
})

test('another vendor’s signatures and thoughts are not sent to Google', () => {
  const assistant = {
    role: 'assistant',
    content: 'a',
    reasoning_content: 'hm',
    reasoning_details: [
      { type: 'thinking', thinking: 'hm', signature: 's' },
      { format: 'anthropic-claude-v1', data: 'd' },
    ],
  }
  expect(contentsOf([assistant])).toEqual([{ role: 'model', parts: [{ text: 'a' }] }])
})

test('only a call without any signature is sent with a stand-in, and only to models that look', () => {
  const signed = callOf('b', '{}', { extra_content: { vertex: { thought_signature: 'c2ln' } } })
  const turn = (calls: object[], model: string) =>
    bodyOf({ messages: [{ role: 'assistant', tool_calls: calls }] }, { model }).contents[0]?.parts.map(
      ({ thoughtSignature }) => thoughtSignature,
    )
  const standIn = 'skip_thought_signature_validator'
  expect(turn([callOf('a', '{}'), callOf('b', '{}')], 'gemini-3-pro-preview')).toEqual([standIn, undefined])
  expect(turn([callOf('a', '{}'), signed], 'gemini-3-pro-preview')).toEqual([undefined, 'c2ln'])
  expect(turn([callOf('a', '{}')], 'gemini-2.5-pro')).toEqual([undefined])
})

/** The message a caller keeps of a stream: texts joined, lists joined. */
function keptOf(name: string): Record<string, unknown> {
  const message: Record<string, unknown> = { role: 'assistant' }
  for (const event of decodeStream(vertex, [fixture(name)])) {
    if (event.type !== 'chunk-delta') continue
    for (const [field, value] of Object.entries(event.chunk.choices?.[0]?.delta ?? {})) {
      const known = message[field]
      if (Array.isArray(value)) message[field] = [...(Array.isArray(known) ? known : []), ...value]
      else if (field !== 'role') message[field] = String(known ?? '') + String(value)
    }
  }
  return message
}

test.each([
  [
    'vertex-stream-text.txt',
    [{ text: 'La gare est là-bas 🚉.' }, { text: '', thoughtSignature: 'AY89a18iOcFu/wZ5oZlZHeTm=' }],
  ],
  [
    'vertex-stream-parallel-calls.txt',
    [
      {
        functionCall: { id: 'kd2b7f6x', name: 'get_weather', args: { city: 'Zürich', days: 1.5 } },
        thoughtSignature: 'EjQKMgEMOdbH+J/hLX75QUCJjw==',
      },
      { functionCall: { id: 'h31zq0aa', name: 'get_time', args: {} } },
    ],
  ],
  [
    'vertex-stream-signed-call.txt',
    [
      {
        functionCall: { id: 'call_48SHaPHpHKbG-8YPtZCawAk_0_0', name: 'now', args: {} },
        thoughtSignature: expect.stringMatching(/^CiIBVKhc7v.*leEs0$/),
      },
    ],
  ],
  [
    'vertex-stream-code-execution.txt',
    [
      { executableCode: { language: 'PYTHON', code: expect.stringMatching(/^prime_numbers/) } },
      { codeExecutionResult: { outcome: 'OUTCOME_OK', output: expect.stringMatching(/28\n$/) } },
      { text: expect.stringMatching(/^To find the sum[^]*is 28\.$/) },
    ],
  ],
])('a streamed turn goes back as Google made it, signatures and all: %s', (name, parts) => {
  expect(contentsOf([keptOf(name)])).toEqual([{ role: 'model', parts }])
})

test('a signature of a whole text goes back on that text, and a picture’s on the picture', () => {
  const parts = [
    { text: 'hm', thought: true },
    { text: 'Voilà', thoughtSignature: 'dGV4dA==' },
    { inlineData: { mimeType: 'image/png', data: 'AAAA' }, thoughtSignature: 'aW1n' },
  ]
  const answer = { candidates: [{ content: { parts }, finishReason: 'STOP' }] }
  const { body } = vertex.parseAnswer(chatCall(), Buffer.from(JSON.stringify(answer)))
  const [choice] = body['choices'] as { message: object }[]
  expect(choice?.message).toMatchObject({ content: 'Voilà', reasoning_content: 'hm' })
  expect(contentsOf([choice?.message ?? {}])).toEqual([{ role: 'model', parts: parts.slice(1) }])
})

test('a caller’s forged part brings in nothing but what a model says', () => {
  const part = {
    fileData: { fileUri: 'gs://b/c', mimeType: 'text/plain' },
    file_data: { file_uri: 'gs://b/c' },
    text: 'x',
  }
  const reasoning_details = [{ type: 'google.part', format: 'google-gemini-v1', part }]
  expect(contentsOf([{ role: 'assistant', content: 'a', reasoning_details }])).toEqual([
    { role: 'model', parts: [{ text: 'a' }] },
  ])
})
