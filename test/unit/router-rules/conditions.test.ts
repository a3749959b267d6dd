import { expect, test } from 'vitest'
import { compileCondition } from '../../../shared/routers/compile-condition.ts'
import { conditionSchema } from '../../../shared/routers/condition-schema.ts'
import { MOST_SEARCHED_CHARACTERS } from '../../../shared/routers/message-texts.ts'
import type { RoutedRequest } from '../../../shared/routers/request-facts.ts'
import { factsOf, saidByUser } from './arbitrary-condition.ts'

const holds = (condition: object, request: Partial<RoutedRequest>): boolean =>
  compileCondition(conditionSchema.parse(condition)).matches(factsOf(request))

const CONVERSATION = {
  messages: [
    { role: 'system', content: 'Be kind.' },
    { role: 'developer', content: 'Answer in lists.' },
    { role: 'user', content: 'Hello, I want a REFUND' },
    { role: 'assistant', content: 'Which order?' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Order' },
        { type: 'image_url', image_url: { url: 'x' } },
        { type: 'text', text: '12345' },
      ],
    },
  ],
}

test.each<[string, object, boolean]>([
  ['any message contains', { type: 'message-contains', target: 'any', text: 'refund' }, true],
  [
    'its case counts when asked',
    { type: 'message-contains', target: 'any', text: 'refund', caseSensitive: true },
    false,
  ],
  ['the same case', { type: 'message-contains', target: 'any', text: 'REFUND', caseSensitive: true }, true],
  ['only the last of the user', { type: 'message-contains', target: 'last-user', text: 'refund' }, false],
  ['parts are lines', { type: 'message-contains', target: 'last-user', text: 'order\n12345' }, true],
  ['developers are system', { type: 'message-contains', target: 'system', text: 'LISTS' }, true],
  ['answers are no instructions', { type: 'message-contains', target: 'system', text: 'which order' }, false],
  ['never over two messages', { type: 'message-contains', target: 'any', text: 'kind.answer' }, false],
  ['equals one message', { type: 'message-equals', target: 'any', text: 'which ORDER?' }, true],
  ['equals, with case', { type: 'message-equals', target: 'any', text: 'which ORDER?', caseSensitive: true }, false],
  ['equals all of it', { type: 'message-equals', target: 'any', text: 'which' }, false],
  ['regex', { type: 'message-regex', target: 'last-user', pattern: '^Order\\s\\d{5}$' }, true],
  ['regex with case', { type: 'message-regex', target: 'any', pattern: 'refund' }, false],
  ['regex without case', { type: 'message-regex', target: 'any', pattern: '(?i)refund' }, true],
  ['regex begins at a message', { type: 'message-regex', target: 'any', pattern: '^Which' }, true],
  ['regex never over two messages', { type: 'message-regex', target: 'any', pattern: 'kind\\.\\W*Answer' }, false],
  [
    'characters of one',
    { type: 'message-length', target: 'last-user', unit: 'characters', compare: 'equals', value: 11 },
    true,
  ],
  [
    'characters of all',
    { type: 'message-length', target: 'any', unit: 'characters', compare: 'equals', value: 69 },
    true,
  ],
  ['tokens', { type: 'message-length', target: 'system', unit: 'tokens', compare: 'equals', value: 6 }, true],
  ['less', { type: 'message-length', target: 'system', unit: 'tokens', compare: 'lt', value: 6 }, false],
  ['at most', { type: 'message-length', target: 'system', unit: 'tokens', compare: 'lte', value: 6 }, true],
  ['more', { type: 'message-length', target: 'system', unit: 'tokens', compare: 'gt', value: 6 }, false],
  ['at least', { type: 'message-length', target: 'system', unit: 'tokens', compare: 'gte', value: 6 }, true],
  ['image', { type: 'has-image' }, true],
  ['tools', { type: 'has-tools' }, false],
  ['turns', { type: 'turn-count', compare: 'equals', value: 2 }, true],
])('of a conversation: %s', (_, condition, expected) => {
  expect(holds(condition, CONVERSATION)).toBe(expected)
})

test.each<[string, object, unknown, boolean]>([
  ['a text without case', { type: 'metadata-equals', path: 'a', value: 'Gold' }, 'gOLD', true],
  ['a text with case', { type: 'metadata-equals', path: 'a', value: 'Gold', caseSensitive: true }, 'gOLD', false],
  ['a number', { type: 'metadata-equals', path: 'a', value: 5 }, 5, true],
  ['a number that a text writes', { type: 'metadata-equals', path: 'a', value: 5 }, '5.0', true],
  ['a text that a number is', { type: 'metadata-equals', path: 'a', value: '5' }, 5, true],
  ['an empty text is no zero', { type: 'metadata-equals', path: 'a', value: 0 }, '', false],
  ['a truth value', { type: 'metadata-equals', path: 'a', value: true }, true, true],
  ['a truth value that a text writes', { type: 'metadata-equals', path: 'a', value: true }, 'True', true],
  ['false is not absent', { type: 'metadata-equals', path: 'a', value: false }, undefined, false],
  ['null', { type: 'metadata-equals', path: 'a', value: null }, null, true],
  ['null is no text', { type: 'metadata-equals', path: 'a', value: 'null' }, null, false],
  ['one of several', { type: 'metadata-in', path: 'a', values: ['x', 3] }, '3', true],
  ['none of several', { type: 'metadata-in', path: 'a', values: ['x', 3] }, 'y', false],
  ['there', { type: 'metadata-exists', path: 'a' }, 0, true],
  ['null is not there', { type: 'metadata-exists', path: 'a' }, null, false],
  ['above', { type: 'metadata-compare', path: 'a', compare: 'gt', value: 3 }, '3.5', true],
  ['not above', { type: 'metadata-compare', path: 'a', compare: 'gt', value: 3 }, 3, false],
  ['no number', { type: 'metadata-compare', path: 'a', compare: 'lt', value: 3 }, '0x1', false],
  ['a list is no number', { type: 'metadata-compare', path: 'a', compare: 'gte', value: 0 }, [], false],
  ['regex', { type: 'metadata-regex', path: 'a', pattern: '^code_' }, 'code_review', true],
  ['regex over a number', { type: 'metadata-regex', path: 'a', pattern: '^4\\d\\d$' }, 404, true],
  ['regex over an object', { type: 'metadata-regex', path: 'a', pattern: 'object' }, {}, false],
  ['a part of a text', { type: 'metadata-contains', path: 'a', text: 'REVIEW' }, 'code_review', true],
  ['an item of a list', { type: 'metadata-contains', path: 'a', text: 'vip' }, ['new', 'VIP'], true],
  ['no part of an item', { type: 'metadata-contains', path: 'a', text: 'vip' }, ['vips'], false],
  ['deep', { type: 'metadata-equals', path: 'a.b.1.c', value: 'x' }, { b: [0, { c: 'x' }] }, true],
  ['a name with a dot', { type: 'metadata-equals', path: 'a.b\\.c', value: 'x' }, { 'b.c': 'x' }, true],
  ['no further than a text', { type: 'metadata-exists', path: 'a.0' }, 'text', false],
])('of metadata: %s', (_, condition, value, expected) => {
  expect(holds(condition, { metadata: value === undefined ? {} : { a: value } })).toBe(expected)
})

test('metadata that are none have nothing at any path', () => {
  for (const metadata of [undefined, null, 'text', 7, []]) {
    expect(holds({ type: 'metadata-exists', path: 'a' }, { metadata })).toBe(false)
  }
})

test('an emoji is one character, and a token is four bytes', () => {
  const length = (unit: string, value: number): object => ({
    type: 'message-length',
    target: 'any',
    unit,
    compare: 'equals',
    value,
  })
  expect(holds(length('characters', 3), saidByUser('a🙂b'))).toBe(true)
  expect(holds(length('tokens', 2), saidByUser('a🙂b'))).toBe(true)
})

test('a text is searched up to its bound, and all of it counts as its length', () => {
  const request = saidByUser(`${'-'.repeat(MOST_SEARCHED_CHARACTERS)}refund`)
  expect(holds({ type: 'message-contains', target: 'any', text: 'refund' }, request)).toBe(false)
  const length = { type: 'message-length', target: 'any', unit: 'characters', compare: 'equals' }
  expect(holds({ ...length, value: MOST_SEARCHED_CHARACTERS + 6 }, request)).toBe(true)
})

test('a language holds from the confidence that is asked for', () => {
  const language = { type: 'message-language', target: 'last-user', languages: ['de', 'pl'] }
  const german = saidByUser('Können Sie mir bitte erklären, warum derselbe Betrag zweimal auf der Rechnung steht?')
  expect(holds(language, german)).toBe(true)
  expect(holds({ ...language, languages: ['en'] }, german)).toBe(false)
  expect(holds({ ...language, minConfidence: 1 }, german)).toBe(false)
  expect(holds(language, saidByUser('12345'))).toBe(false)
})

test('a key is one of those that are named', () => {
  const key = { type: 'key', keyIds: ['a', 'b'] }
  expect(['a', 'c', null].map((keyId) => holds(key, { keyId }))).toEqual([true, false, false])
})

test('a time of day goes by the clocks of its place', () => {
  const night = { type: 'time-of-day', timeZone: 'Europe/Warsaw', from: '22:00', to: '06:00', days: ['fri'] }
  const at = (iso: string): boolean => holds(night, { nowMs: Date.parse(iso) })
  // 2026-11-20 is a Friday; Warsaw is an hour ahead.
  expect(at('2026-11-20T20:59:00Z')).toBe(false)
  expect(at('2026-11-20T21:00:00Z')).toBe(true)
  expect(at('2026-11-21T04:59:00Z')).toBe(true)
  expect(at('2026-11-21T05:00:00Z')).toBe(false)
  expect(holds(night, { nowMs: Number.NaN })).toBe(false)
})

test('a percentage takes its share of the units, more units as it grows, and nobody without a unit', () => {
  const share = (percent: number): readonly string[] => {
    const units = Array.from({ length: 2_000 }, (_, index) => `user-${index}`)
    return units.filter((unitId) => holds({ type: 'percentage', percent, salt: 'x' }, { unitId }))
  }
  const [none, few, half, all] = [share(0), share(10), share(50), share(100)]
  expect(none).toHaveLength(0)
  expect(Math.abs(few.length - 200)).toBeLessThan(45)
  expect(Math.abs(half.length - 1_000)).toBeLessThan(75)
  expect(few.filter((unit) => !half.includes(unit))).toEqual([])
  expect(all).toHaveLength(2_000)
  expect(holds({ type: 'percentage', percent: 100, salt: 'x' }, { unitId: null })).toBe(false)
})

test('cheap leaves spare the dear ones, wherever they were written', () => {
  const facts = factsOf({ ...saidByUser('Hello there, how are you today?'), metadata: { tier: 'gold' } })
  let asked = 0
  const text = facts.text.bind(facts)
  facts.text = (target) => {
    asked += 1
    return text(target)
  }
  const language = { type: 'message-language', target: 'last-user', languages: ['en'] }
  const tier = { type: 'metadata-equals', path: 'tier', value: 'gold' }
  const compile = (condition: object): boolean => compileCondition(conditionSchema.parse(condition)).matches(facts)
  expect(compile({ type: 'any', conditions: [language, tier] })).toBe(true)
  expect(compile({ type: 'all', conditions: [language, { type: 'not', condition: tier }] })).toBe(false)
  expect(asked).toBe(0)
  expect(compile({ type: 'all', conditions: [language, tier] })).toBe(true)
  expect(asked).toBe(1)
})
