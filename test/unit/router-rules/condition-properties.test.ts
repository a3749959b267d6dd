import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileCondition } from '../../../shared/routers/compile-condition.ts'
import { conditionSchema, type Condition } from '../../../shared/routers/condition-schema.ts'
import { explainCondition } from '../../../shared/routers/explain-condition.ts'
import { compileRules } from '../../../shared/routers/match-rules.ts'
import { RequestFacts, type RoutedRequest } from '../../../shared/routers/request-facts.ts'
import { conditions, factsOf, requests } from './arbitrary-condition.ts'

const holds = (condition: Condition, request: RoutedRequest): boolean =>
  compileCondition(condition).matches(new RequestFacts(request))

test('what can be saved comes through the schema unchanged, and through JSON', () => {
  fc.assert(
    fc.property(conditions, (condition) => {
      expect(conditionSchema.parse(JSON.parse(JSON.stringify(condition)))).toEqual(condition)
    }),
    { numRuns: 200 },
  )
})

test('no request, whatever JSON it is, makes a rule or its explanation throw, and nothing in it is changed', () => {
  fc.assert(
    fc.property(fc.array(conditions, { maxLength: 4 }), requests, (written, request) => {
      const rules = compileRules(
        written.map((condition, index) => ({ id: `${index}`, name: '', enabled: true, condition, target: index })),
        -1,
      )
      const before = JSON.stringify(request)
      const { ruleId, target } = rules.match(new RequestFacts(request))
      const explained = rules.explain(new RequestFacts(request))
      expect(explained).toMatchObject({ ruleId, target })
      expect(explained.rules.findIndex(({ outcome }) => outcome === 'matches')).toBe(target)
      expect(JSON.stringify(request)).toBe(before)
    }),
    { numRuns: 1_000 },
  )
})

test('a condition that is denied twice says what it says', () => {
  fc.assert(
    fc.property(conditions, requests, (condition, request) => {
      const denied: Condition = { type: 'not', condition }
      expect(holds(denied, request)).toBe(!holds(condition, request))
      expect(holds({ type: 'not', condition: denied }, request)).toBe(holds(condition, request))
    }),
  )
})

test('the order of the parts of an all or an any does not matter, nor does what was asked of the request before', () => {
  const several = fc.array(conditions, { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(several, fc.constantFrom('all' as const, 'any' as const), requests, (parts, type, request) => {
      const outcomes = parts.map((part) => holds(part, request))
      const expected = type === 'all' ? outcomes.every(Boolean) : outcomes.some(Boolean)
      const facts = new RequestFacts(request)
      expect(compileCondition({ type, conditions: parts }).matches(facts)).toBe(expected)
      expect(compileCondition({ type, conditions: parts.toReversed() }).matches(facts)).toBe(expected)
    }),
  )
})

test('an explanation has the outcome of the match, and the leaves that it names decide it', () => {
  fc.assert(
    fc.property(conditions, requests, (condition, request) => {
      const compiled = compileCondition(condition)
      const facts = new RequestFacts(request)
      const { matches, reasons } = explainCondition(compiled, facts)
      expect(matches).toBe(compiled.matches(facts))
      expect(reasons.length).toBeGreaterThan(0)
      for (const { found, sentence } of reasons) {
        expect(found.length).toBeLessThanOrEqual(100)
        expect(sentence).toContain(found)
      }
    }),
  )
})

test.each([
  'constructor',
  'constructor.name',
  'toString',
  '__proto__',
  '__proto__.polluted',
  'tags.length',
  'tags.at',
  'tier.length',
])('a path never reads what an object inherits: %s', (path) => {
  const metadata = { tier: 'gold', tags: ['a'] }
  expect(compileCondition({ type: 'metadata-exists', path }).matches(factsOf({ metadata }))).toBe(false)
})

test('a name that only looks inherited is read where the sender wrote it', () => {
  const metadata = JSON.parse('{"__proto__":{"tier":"gold"},"constructor":"mine"}') as unknown
  const equals = (path: string, value: string): Condition => ({
    type: 'metadata-equals',
    path,
    value,
    caseSensitive: false,
  })
  expect(holds(equals('__proto__.tier', 'gold'), { ...blank, metadata })).toBe(true)
  expect(holds(equals('constructor', 'mine'), { ...blank, metadata })).toBe(true)
  expect(({} as { tier?: unknown }).tier).toBeUndefined()
})

const blank: RoutedRequest = {
  messages: [],
  metadata: undefined,
  tools: undefined,
  keyId: null,
  nowMs: 0,
  unitId: null,
}
