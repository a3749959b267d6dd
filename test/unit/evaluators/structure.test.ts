import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAnswer, type ToolCall } from '../../../control-plane/modules/evaluations/evaluators/answer.ts'
import { exactMatch } from '../../../control-plane/modules/evaluations/evaluators/exact-match.ts'
import { jsonValues } from '../../../control-plane/modules/evaluations/evaluators/json-values.ts'
import { mostPairs } from '../../../control-plane/modules/evaluations/evaluators/most-pairs.ts'
import { toolCallMatch } from '../../../control-plane/modules/evaluations/evaluators/tool-calls.ts'
import { answerOf } from './answer-of.ts'

const EXACT = { arguments: 'exact', sequence: 'strict', scoring: 'match' } as const
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`

describe('an answer is read', () => {
  it('from a choice and from its message alone', () => {
    const message = { role: 'assistant', content: 'Paris', refusal: null }
    const answer = { text: 'Paris', toolCalls: [], finishReason: null, refusal: null }
    expect(readAnswer(message)).toEqual(answer)
    expect(readAnswer({ index: 0, message, finish_reason: 'stop' })).toEqual({ ...answer, finishReason: 'stop' })
  })

  it('with its tool calls, arguments parsed where they are JSON', () => {
    const call = (name: string, given: string): object => ({ type: 'function', function: { name, arguments: given } })
    const calls = [call('a', '{"x":1}'), call('b', ''), call('c', '{"x":'), { custom: { name: 'd', input: 'free' } }]
    expect(readAnswer({ content: null, tool_calls: calls })?.toolCalls).toEqual([
      { name: 'a', arguments: { x: 1 } },
      { name: 'b', arguments: {} },
      { name: 'c', arguments: '{"x":' },
      { name: 'd', arguments: 'free' },
    ])
    expect(readAnswer({ function_call: { name: 'old', arguments: '[]' } })?.toolCalls).toEqual([
      { name: 'old', arguments: [] },
    ])
  })

  it('from parts, a refusal among them', () => {
    const content = [
      { type: 'text', text: 'a' },
      { type: 'refusal', refusal: 'No.' },
      { type: 'text', text: 'b' },
    ]
    expect(readAnswer({ content })).toMatchObject({ text: 'ab', refusal: 'No.' })
  })

  it('whatever strangers send', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (content, calls) => {
        expect(typeof readAnswer({ message: { content, tool_calls: calls, refusal: calls } })?.text).toBe('string')
      }),
    )
    for (const source of [null, undefined, 'Paris', 7, []]) expect(readAnswer(source)).toBeNull()
  })
})

describe('exact match', () => {
  it('heeds neither outer white space nor how an accent is composed, but everything else', () => {
    expect(exactMatch(answerOf(' caf\u00e9\n'), 'cafe\u0301').score).toBe(1)
    expect(exactMatch(answerOf('Paris'), 'paris').score).toBe(0)
  })

  it('heeds no order of properties, but that of items', () => {
    expect(exactMatch(answerOf('{"b":[1,{"d":2,"c":1.0}],"a":null}'), '{"a":null,"b":[1,{"c":1,"d":2}]}').score).toBe(1)
    expect(exactMatch(answerOf('[1,2]'), '[2,1]').score).toBe(0)
    expect(exactMatch(answerOf('{"__proto__":1}'), '{"__proto__":2}').score).toBe(0)
    expect(exactMatch(answerOf('1.0'), '1').score).toBe(0)
  })

  it('JSON that is nested more deeply than 200 levels is not judged, unless its text is the same', () => {
    expect(exactMatch(answerOf(nested(40_000)), ` ${nested(40_000)}`).score).toBe(1)
    expect(exactMatch(answerOf(nested(40_000)), nested(39_000)).score).toBeNull()
  })
})

describe('JSON values', () => {
  it('an answer that is no JSON has none of them; an expected output that is none cannot be compared with', () => {
    expect(jsonValues(answerOf('none'), '{}', false).score).toBe(0)
    expect(jsonValues(answerOf('{}'), 'none', false)).toEqual({
      score: null,
      reason: 'The expected output is not JSON.',
    })
  })

  it('a code block counts only where it is allowed', () => {
    const fenced = answerOf('```json\n{"a": 1}\n```')
    expect(jsonValues(fenced, '{"a":1}', true).score).toBe(1)
    expect(jsonValues(fenced, '{"a":1}', false).score).toBe(0)
  })

  it('a value that the caller has parsed is taken instead of the text', () => {
    expect(jsonValues(answerOf('ignored', { json: { a: 1 } }), '{"a":1}', false).score).toBe(1)
  })

  it.each([
    [[1, 2, 3], [1, 2], 2 / 3],
    [[1], [1, null], 1 / 2],
    [true, false, 0],
    [{ constructor: 1 }, {}, 0],
    [{ a: null }, {}, 1],
    ['abc', 'axc', 2 / 3],
  ])('%j for %j is %d', (given, wanted, score) => {
    expect(jsonValues(answerOf(JSON.stringify(given)), JSON.stringify(wanted), false).score).toBeCloseTo(score, 12)
  })

  it('is from 0 to 1, and 1 for a value beside itself', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (given, wanted) => {
        const [left, right] = [JSON.stringify(given), JSON.stringify(wanted)]
        const { score } = jsonValues(answerOf(left), right, false)
        expect(score).toBeGreaterThanOrEqual(0)
        expect(score).toBeLessThanOrEqual(1)
        expect(jsonValues(answerOf(left), left, false).score).toBe(1)
      }),
    )
  })

  it('what would take too much work is not judged', () => {
    expect(jsonValues(answerOf(nested(300)), nested(300), false).score).toBeNull()
    const long = (letter: string): string => JSON.stringify([letter.repeat(30_000)])
    expect(jsonValues(answerOf(long('a')), long('b'), false).score).toBeNull()
  })
})

describe('tool calls', () => {
  const call = (name: string, given: unknown = {}): ToolCall => ({ name, arguments: given })
  const [paris, rome] = [call('weather', { city: 'Paris', unit: 'C' }), call('weather', { city: 'Rome', unit: 'C' })]
  const vague = call('weather', { city: 'Paris' })
  const expected = (...calls: ToolCall[]): string => JSON.stringify(calls)

  it.each([
    ['exact', [paris], [vague], 0],
    ['ignore', [paris], [rome], 1],
    ['ignore', [call('other')], [rome], 0],
    ['superset', [paris], [vague], 1],
    ['superset', [vague], [paris], 0],
    ['subset', [vague], [paris], 1],
    ['subset', [paris], [vague], 0],
    ['exact', [call('f', { b: 1, a: [2] })], [call('f', { a: [2], b: 1 })], 1],
    ['superset', [call('f', {})], [call('f', { constructor: 1 })], 0],
    ['subset', [call('f', '{"a":')], [call('f', { a: 1 })], 0],
  ] as const)('arguments %s: %j for %j is %d', (mode, calls, wanted, score) => {
    expect(toolCallMatch(calls, expected(...wanted), { ...EXACT, arguments: mode }).score).toBe(score)
  })

  it.each([
    ['strict', [paris, rome], [paris, rome], 1],
    ['strict', [rome, paris], [paris, rome], 0],
    ['strict', [paris], [paris, rome], 0],
    ['unordered', [rome, paris], [paris, rome], 1],
    ['unordered', [rome, rome], [paris, rome], 0],
    ['unordered', [rome, paris, paris], [paris, rome], 0],
    ['subset', [rome], [paris, rome], 1],
    ['subset', [rome, rome], [paris, rome], 0],
    ['superset', [rome, paris, paris], [paris, rome], 1],
    ['superset', [rome], [paris, rome], 0],
    ['strict', [], [], 1],
  ] as const)('sequence %s: %j for %j is %d', (mode, calls, wanted, score) => {
    expect(toolCallMatch(calls, expected(...wanted), { ...EXACT, sequence: mode }).score).toBe(score)
  })

  it('F1 counts the calls that pair', () => {
    const f1 = (calls: ToolCall[], ...wanted: ToolCall[]): number | null =>
      toolCallMatch(calls, expected(...wanted), { ...EXACT, scoring: 'f1' }).score
    expect(f1([rome, call('other')], paris, rome)).toBe(0.5)
    expect(f1([], paris)).toBe(0)
    expect(f1([])).toBe(1)
  })

  it('a vague call does not take the partner of a precise one', () => {
    const options = { arguments: 'subset', sequence: 'unordered', scoring: 'match' } as const
    const fits = [call('weather', {}), vague]
    expect(toolCallMatch(fits, expected(paris, rome), options).score).toBe(1)
    expect(toolCallMatch(fits.toReversed(), expected(rome, paris), options).score).toBe(1)
  })

  it("the expected ones may be OpenAI's own, or a message with them", () => {
    const openai = [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }]
    for (const wanted of [openai, { role: 'assistant', tool_calls: openai }]) {
      expect(toolCallMatch([call('f', { a: 1 })], JSON.stringify(wanted), EXACT).score).toBe(1)
    }
  })

  it('what is no list of calls, or too much of one, is not compared', () => {
    for (const wanted of ['Paris', '{}', '[1]', '[{"arguments":{}}]']) {
      expect(toolCallMatch([], wanted, EXACT).score).toBeNull()
    }
    expect(
      toolCallMatch(
        Array.from({ length: 101 }, () => paris),
        '[]',
        EXACT,
      ).score,
    ).toBeNull()
    expect(toolCallMatch([call('f', 'x'.repeat(100_001))], expected(paris), EXACT).score).toBeNull()
    const deep = call('f', JSON.parse(nested(300)))
    expect(toolCallMatch([deep], expected(paris), EXACT).score).toBeNull()
  })

  it('the most pairs are found, whatever the order', () => {
    const sets = fc.array(fc.array(fc.nat(4), { maxLength: 3 }), { maxLength: 5 })
    fc.assert(
      fc.property(sets, (allowed) => {
        const right = [[0], [1], [2], [3], [4]]
        const fits = (left: number[], [partner = -1]: number[]): boolean => left.includes(partner)
        expect(mostPairs(allowed, right, fits)).toBe(plainMostPairs(allowed, new Set()))
      }),
    )
  })
})

/** By trying everything. */
function plainMostPairs([first, ...rest]: readonly (readonly number[])[], taken: ReadonlySet<number>): number {
  if (first === undefined) return 0
  const free = first.filter((partner) => !taken.has(partner))
  const paired = free.map((partner) => 1 + plainMostPairs(rest, new Set([...taken, partner])))
  return Math.max(plainMostPairs(rest, taken), ...paired)
}
