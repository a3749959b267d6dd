import { expect, test } from 'vitest'
import type { Condition } from '../../../shared/routers/condition-schema.ts'
import { compileRules, type RouterRule } from '../../../shared/routers/match-rules.ts'
import { factsOf, saidByUser } from './arbitrary-condition.ts'

const contains = (text: string): Condition => ({
  type: 'message-contains',
  target: 'last-user',
  text,
  caseSensitive: false,
})
const tier = (value: string): Condition => ({ type: 'metadata-equals', path: 'user_tier', value, caseSensitive: false })

function rule(id: string, condition: Condition, enabled = true): RouterRule<string> {
  return { id, name: `Rule ${id}`, enabled, condition, target: `target of ${id}` }
}

const RULES = [rule('code', contains('code')), rule('premium', tier('premium')), rule('help', contains('help'))]

test('the first rule that holds wins, in the order that was given', () => {
  const rules = compileRules(RULES, 'default')
  const premium = { ...saidByUser('Help me'), metadata: { user_tier: 'Premium' } }
  expect(rules.match(factsOf(premium))).toEqual({ ruleId: 'premium', target: 'target of premium' })
  expect(compileRules(RULES.toReversed(), 'default').match(factsOf(premium)).ruleId).toBe('help')
})

test('what no rule takes goes to the default, which may be nowhere', () => {
  const facts = factsOf(saidByUser('Hello'))
  expect(compileRules(RULES, 'default').match(facts)).toEqual({ ruleId: null, target: 'default' })
  expect(compileRules(RULES, null).match(facts)).toEqual({ ruleId: null, target: null })
  expect(compileRules([], 'default').match(facts)).toEqual({ ruleId: null, target: 'default' })
})

test('a rule that is switched off takes nothing', () => {
  const rules = compileRules([rule('off', contains('code'), false), rule('on', contains('code'))], 'default')
  expect(rules.match(factsOf(saidByUser('code'))).ruleId).toBe('on')
})

test('an explanation says of each rule what became of it, and why', () => {
  const off = rule('off', contains('help'), false)
  const both = rule('both', { type: 'all', conditions: [contains('help'), tier('free'), contains('never')] })
  const rules = compileRules([off, both, ...RULES], 'default')
  const request = { ...saidByUser('Please help: '.padEnd(300, 'x')), metadata: { user_tier: 'premium' } }
  const { ruleId, rules: outcomes } = rules.explain(factsOf(request))
  expect(ruleId).toBe('premium')
  expect(outcomes.map(({ id, outcome }) => [id, outcome])).toEqual([
    ['off', 'disabled'],
    ['both', 'does-not-match'],
    ['code', 'does-not-match'],
    ['premium', 'matches'],
    ['help', 'not-reached'],
  ])
  const sentences = outcomes.flatMap((each) => ('explanation' in each ? each.explanation.reasons : []))
  expect(sentences.map(({ path, sentence }) => [path, sentence])).toEqual([
    ['rules.1.condition.conditions.1', 'Does not hold: metadata "user_tier" is "free". Found: "premium".'],
    [
      'rules.2.condition',
      `Does not hold: the last message of the user contains "code". Found: ${`"Please help: ${'x'.repeat(85)}`.padEnd(99, 'x')}….`,
    ],
    ['rules.3.condition', 'Holds: metadata "user_tier" is "premium". Found: "premium".'],
  ])
})

test('of an any that fails, and of an all that holds, every leaf is told; a denial tells its leaf', () => {
  const any: Condition = { type: 'any', conditions: [contains('a1'), { type: 'not', condition: contains('hello') }] }
  const [outcome] = compileRules([rule('any', any)], null).explain(factsOf(saidByUser('hello'))).rules
  expect(
    outcome && 'explanation' in outcome && outcome.explanation.reasons.map(({ path, holds }) => [path, holds]),
  ).toEqual([
    ['rules.0.condition.conditions.0', false],
    ['rules.0.condition.conditions.1.condition', true],
  ])
})

test('a rule that cannot be compiled is named by its place; one that is switched off stops nobody', () => {
  const broken: Condition = { type: 'message-regex', target: 'any', pattern: '(' }
  expect(() => compileRules([...RULES, rule('broken', broken)], null)).toThrow(
    expect.objectContaining({ path: 'rules.3.condition.pattern' }),
  )
  expect(compileRules([rule('broken', broken, false)], null).match(factsOf()).ruleId).toBeNull()
})

test('all rules together have a bound', () => {
  const many = (condition: Condition, count: number): RouterRule<string>[] =>
    Array.from({ length: count }, (_, index) => rule(`${index}`, condition))
  const regex: Condition = { type: 'metadata-regex', path: 'a', pattern: 'a' }
  expect(() => compileRules(many(regex, 51), null)).toThrow('50 regular expressions')
  const wide: Condition = { type: 'any', conditions: Array.from({ length: 100 }, () => contains('a')) }
  expect(() => compileRules(many(wide, 11), null)).toThrow('1000 leaves')
  expect(compileRules(many(wide, 10), null).match(factsOf()).ruleId).toBeNull()
})
