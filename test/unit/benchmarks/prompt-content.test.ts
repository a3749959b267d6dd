import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contentHash, readPromptRow, type PromptRow } from '../../../control-plane/modules/benchmarks/prompt-content.ts'

const hello = { role: 'user', content: 'Hello' }

const rowOf = (fields: unknown): PromptRow => {
  const reading = readPromptRow(fields)
  if ('fault' in reading) throw new Error(`${reading.fault.path} ${reading.fault.message}`)
  return reading.row
}

const nested = (levels: number): unknown => (levels === 0 ? 'end' : [nested(levels - 1)])

test('a prompt is its messages, what is expected, and metadata', () => {
  expect(rowOf({ messages: [hello], expected_output: 'Hi', metadata: { tier: 'gold' }, id: 7 })).toEqual({
    messages: [hello],
    expectedOutput: 'Hi',
    metadata: { tier: 'gold' },
  })
})

test('what is expected and metadata may be missing or null', () => {
  const bare = { messages: [hello], expectedOutput: null, metadata: null }
  expect(rowOf({ messages: [hello] })).toEqual(bare)
  expect(rowOf({ messages: [hello], expected_output: null, metadata: null })).toEqual(bare)
})

test('an expected object or array is kept as its JSON text', () => {
  expect(rowOf({ messages: [hello], expected_output: { b: 1, a: [true] } }).expectedOutput).toBe('{"b":1,"a":[true]}')
  expect(rowOf({ messages: [hello], expected_output: ['x'] }).expectedOutput).toBe('["x"]')
})

test('parts, names, tool calls and their results are kept as they are', () => {
  const messages = [
    { role: 'developer', content: 'Be brief', name: 'boss' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Look' },
        { type: 'image_url', image_url: { url: 'data:,x' } },
      ],
    },
    { role: 'assistant', content: null, tool_calls: [{ id: 'a', type: 'function', function: { name: 'f' } }] },
    { role: 'tool', tool_call_id: 'a', content: '42' },
  ]
  expect(rowOf({ messages }).messages).toEqual(messages)
})

describe('a row at fault is told where and why', () => {
  test.each<[unknown, string, RegExp]>([
    ['text', '', /object with messages/],
    [null, '', /object with messages/],
    [[hello], '', /object with messages/],
    [{}, 'messages', /is required/],
    [{ messages: null }, 'messages', /is required/],
    [{ messages: 'Hello' }, 'messages', /must be an array/],
    [{ messages: [] }, 'messages', /must not be empty/],
    [{ messages: ['Hello'] }, 'messages[0]', /object with role and content/],
    [{ messages: [hello, { content: 'x' }] }, 'messages[1].role', /one of system/],
    [{ messages: [{ role: 'robot', content: 'x' }] }, 'messages[0].role', /one of system/],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content', /text or an array of parts/],
    [{ messages: [{ role: 'user', content: null }] }, 'messages[0].content', /text or an array of parts/],
    [{ messages: [{ role: 'user', content: 5 }] }, 'messages[0].content', /text or an array of parts/],
    [{ messages: [{ role: 'user', content: [] }] }, 'messages[0].content', /text or an array of parts/],
    [{ messages: [{ role: 'user', content: ['x'] }] }, 'messages[0].content[0]', /must be an object/],
    [{ messages: [{ role: 'user', content: [{ text: 'x' }] }] }, 'messages[0].content[0].type', /must be a text/],
    [
      { messages: [{ role: 'user', content: [{ type: 'text', text: 1 }] }] },
      'messages[0].content[0].text',
      /must be a text/,
    ],
    [{ messages: [{ role: 'assistant', tool_calls: [] }] }, 'messages[0].content', /text or an array of parts/],
    [{ messages: [hello], expected_output: 5 }, 'expected_output', /kept as JSON text/],
    [{ messages: [hello], expected_output: false }, 'expected_output', /kept as JSON text/],
    [{ messages: [hello], metadata: 'gold' }, 'metadata', /must be an object/],
    [{ messages: [hello], metadata: ['gold'] }, 'metadata', /must be an object/],
    [{ messages: [hello], metadata: nested(64) }, '', /64 levels/],
  ])('%j', (fields, path, message) => {
    expect(readPromptRow(fields)).toEqual({ fault: { path, message: expect.stringMatching(message) } })
  })
})

test('whatever JSON is read, a row or a fault comes back', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (messages, rest) => {
      const reading = readPromptRow({ messages, expected_output: rest, metadata: rest })
      expect('row' in reading || reading.fault.message !== '').toBe(true)
    }),
  )
})

test('fields named for what every object has change no prototype', () => {
  const fields: unknown = JSON.parse(
    '{"messages":[{"role":"user","content":"x","__proto__":{"evil":1}}],"metadata":{"__proto__":{"evil":1}},"__proto__":{"evil":1}}',
  )
  const { messages, metadata } = rowOf(fields)
  expect(messages.map((message) => message['evil'])).toEqual([undefined])
  expect(metadata?.['evil']).toBeUndefined()
})

describe('the content’s hash', () => {
  const row = rowOf({ messages: [hello], expected_output: 'Hi' })

  test('is SHA-256 of the canonical JSON of messages and expected output', () => {
    const canonical = '{"expectedOutput":"Hi","messages":[{"content":"Hello","role":"user"}]}'
    expect(contentHash(row)).toBe(createHash('sha256').update(canonical).digest('hex'))
  })

  test('does not follow metadata or the order of fields', () => {
    const other = rowOf({ metadata: { a: 1 }, expected_output: 'Hi', messages: [{ content: 'Hello', role: 'user' }] })
    expect(contentHash(other)).toBe(contentHash(row))
  })

  test('follows every message, their order and what is expected', () => {
    const bye = { role: 'user', content: 'Bye' }
    const rows = [
      { messages: [hello] },
      { messages: [hello], expected_output: '' },
      { messages: [hello], expected_output: 'null' },
      { messages: [hello, bye] },
      { messages: [bye, hello] },
      { messages: [{ ...hello, name: 'Ann' }] },
      { messages: [{ role: 'user', content: 'Hello ' }] },
    ]
    expect(new Set(rows.map((fields) => contentHash(rowOf(fields)))).size).toBe(rows.length)
  })
})
