import { expect, test } from 'vitest'
import { MessageCollector } from '../../data-plane/relay/message-collector.ts'
import { countCharacters } from '../../data-plane/relay/usage-meter.ts'

function collect(...deltas: readonly Record<string, unknown>[]): object {
  const collector = new MessageCollector()
  for (const delta of deltas) collector.add(delta)
  return collector.message()
}

test('a message is put together with its refusal, its reasoning and its calls', () => {
  expect(
    collect(
      { role: 'assistant', content: '', reasoning_content: 'Deux' },
      { reasoning_content: ' et deux' },
      { content: 'Qua', refusal: null },
      { content: 'tre', tool_calls: [{ index: 1, id: 'b', function: { name: 'g', arguments: '' } }] },
      { tool_calls: [{ index: 1, function: { arguments: '{"x": 1.0}' } }] },
      { refusal: 'No.' },
    ),
  ).toEqual({
    role: 'assistant',
    content: 'Quatre',
    refusal: 'No.',
    reasoning_content: 'Deux et deux',
    tool_calls: [{ id: 'b', type: 'function', function: { name: 'g', arguments: '{"x": 1.0}' } }],
  })
})

test('details of reasoning are kept whole: pieces of one index are joined, others stay apart', () => {
  const text = { type: 'reasoning.text', index: 0 }
  expect(
    collect(
      { reasoning_details: [{ ...text, text: 'Deux', signature: null }] },
      {
        reasoning_details: [
          { ...text, text: ' et deux' },
          { ...text, signature: 'abc' },
        ],
      },
      {
        reasoning_details: [
          { type: 'reasoning.encrypted', data: 'x' },
          { type: 'reasoning.encrypted', data: 'y' },
        ],
      },
    ),
  ).toEqual({
    role: 'assistant',
    content: null,
    reasoning_details: [
      { ...text, text: 'Deux et deux', signature: 'abc' },
      { type: 'reasoning.encrypted', data: 'x' },
      { type: 'reasoning.encrypted', data: 'y' },
    ],
  })
})

test('what is no part of a message is passed over', () => {
  const delta = JSON.parse(
    '{"content":7,"tool_calls":[null,"x",{"function":null}],"reasoning_details":[null,{"index":0},{"index":0,"__proto__":{"x":1}}]}',
  ) as Record<string, unknown>
  const message = collect(delta) as { tool_calls: object[]; reasoning_details: { x?: number }[] }
  expect(message.tool_calls).toHaveLength(1)
  expect(message.reasoning_details).toHaveLength(1)
  expect(message.reasoning_details[0]?.x).toBeUndefined()
})

test('a very long answer is kept up to its limit', () => {
  const delta = {
    content: 'x'.repeat(500_000),
    reasoning_details: [{ text: 'y'.repeat(500_000) }],
    tool_calls: Array.from({ length: 2_000 }, (_call, index) => ({ index })),
  }
  expect(JSON.stringify(collect(...Array<typeof delta>(10).fill(delta))).length).toBeLessThan(4 * 1_048_576)
})

test('an estimate counts reasoning once, also where it goes by two names', () => {
  expect(countCharacters({ content: 'ab', reasoning: 'cde' })).toBe(5)
  expect(countCharacters({ content: null, reasoning: 'cde', reasoning_content: 'cde' })).toBe(3)
  expect(countCharacters({ tool_calls: [{ function: { name: 'f', arguments: '{}' } }, null] })).toBe(3)
})
