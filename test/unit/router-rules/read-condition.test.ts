import { expect, test } from 'vitest'
import { compileCondition } from '../../../shared/routers/compile-condition.ts'
import { ConditionFault } from '../../../shared/routers/condition-fault.ts'
import { DEEPEST, MOST_LEAVES, type Condition } from '../../../shared/routers/condition-schema.ts'
import { readCondition } from '../../../shared/routers/read-condition.ts'

const CONTAINS = { type: 'message-contains', target: 'any', text: 'a' }

function faultsOf(value: unknown, path?: string): readonly (readonly [string, string])[] {
  const read = readCondition(value, path)
  return read.ok ? [] : read.faults.map((fault) => [fault.path, fault.message] as const)
}

test('what is left out has its default', () => {
  const window = { type: 'time-of-day', timeZone: 'UTC', from: '00:00', to: '24:00' }
  expect(readCondition(CONTAINS)).toEqual({ ok: true, condition: { ...CONTAINS, caseSensitive: false } })
  expect(readCondition(window)).toMatchObject({ ok: true, condition: { days: expect.objectContaining({ length: 7 }) } })
})

test.each<[string, unknown, string, string]>([
  [
    'an expression that is none',
    { type: 'message-regex', target: 'any', pattern: '(a' },
    'pattern',
    'must be a regular expression of RE2',
  ],
  [
    'a backreference',
    { type: 'metadata-regex', path: 'a', pattern: '(a)\\1' },
    'pattern',
    'must be a regular expression of RE2',
  ],
  [
    'an expression that is too long',
    { type: 'message-regex', target: 'any', pattern: 'a'.repeat(513) },
    'pattern',
    'Too big',
  ],
  [
    'an expression that repeats too much',
    { type: 'message-regex', target: 'any', pattern: '(?:[ab]{30}){30}' },
    'pattern',
    'must be a smaller',
  ],
  [
    'an unknown zone',
    { type: 'time-of-day', timeZone: 'Mars/Base', from: '00:00', to: '01:00' },
    'timeZone',
    'must be an IANA time zone',
  ],
  [
    'a time that is none',
    { type: 'time-of-day', timeZone: 'UTC', from: '25:00', to: '01:00' },
    'from',
    'must be a time',
  ],
  ['an empty window', { type: 'time-of-day', timeZone: 'UTC', from: '01:00', to: '01:00' }, 'to', 'must differ'],
  [
    'an unknown language',
    { type: 'message-language', target: 'any', languages: ['de', 'qq'] },
    'languages.1',
    'must be the ISO 639 code',
  ],
  ['a path with an empty name', { type: 'metadata-exists', path: 'a..b' }, 'path', 'must be at most 8 names'],
  [
    'a path that is too deep',
    { type: 'metadata-exists', path: 'a.b.c.d.e.f.g.h.i' },
    'path',
    'must be at most 8 names',
  ],
  ['a share above all', { type: 'percentage', percent: 101, salt: 'x' }, 'percent', 'Too big'],
  [
    'a value that is not finite',
    { type: 'metadata-compare', path: 'a', compare: 'gt', value: Infinity },
    'value',
    'Invalid input',
  ],
  ['a field that is not known', { ...CONTAINS, negate: true }, '', 'Unrecognized key'],
  ['NUL in a text', { ...CONTAINS, text: 'a\0b' }, 'text', 'must not contain'],
  ['an empty group', { type: 'all', conditions: [] }, 'conditions', 'Too small'],
  ['no condition', null, '', 'Invalid input'],
  ['a type that is not known', { type: 'script', source: '1' }, 'type', 'Invalid'],
  ['a type that objects inherit', { type: 'constructor' }, 'type', 'Invalid'],
])('is refused, naming the place: %s', (_, value, path, message) => {
  const [first] = faultsOf(value)
  expect(first?.[0]).toBe(path)
  expect(first?.[1]).toContain(message)
  const [nested] = faultsOf(
    { type: 'any', conditions: [CONTAINS, { type: 'not', condition: value }] },
    'rules.3.condition',
  )
  expect(nested?.[0]).toBe(['rules.3.condition.conditions.1.condition', path].filter(Boolean).join('.'))
})

test('every leaf that does not compile is named', () => {
  const regex = { type: 'message-regex', target: 'any', pattern: '(' }
  expect(faultsOf({ type: 'all', conditions: [regex, CONTAINS, regex] }).map(([path]) => path)).toEqual([
    'conditions.0.pattern',
    'conditions.2.pattern',
  ])
})

test('compiling what was never read through throws a fault with the same path', () => {
  const condition: Condition = { type: 'not', condition: { type: 'message-regex', target: 'any', pattern: '(' } }
  expect(() => compileCondition(condition, 'x')).toThrow(ConditionFault)
  expect(() => compileCondition(condition, 'x')).toThrow(expect.objectContaining({ path: 'x.condition.pattern' }))
})

function nested(depth: number): unknown {
  let condition: unknown = CONTAINS
  for (let level = 1; level < depth; level += 1) condition = { type: 'not', condition }
  return condition
}

test('nesting and leaves have bounds, however far a stranger goes', () => {
  expect(faultsOf(nested(DEEPEST))).toEqual([])
  expect(faultsOf(nested(DEEPEST + 1))).toEqual([['', 'must not be nested over 8 levels deep']])
  expect(faultsOf(nested(100_000))).toEqual([['', 'must not be nested over 8 levels deep']])
  const wide = (count: number): unknown => ({ type: 'any', conditions: Array.from({ length: count }, () => CONTAINS) })
  expect(faultsOf(wide(MOST_LEAVES))).toEqual([])
  expect(faultsOf(wide(MOST_LEAVES + 1))).toEqual([['', 'must not have more than 200 leaves']])
  expect(faultsOf({ type: 'all', conditions: Array.from({ length: 1_000 }, () => wide(1_000)) })).toHaveLength(1)
})
