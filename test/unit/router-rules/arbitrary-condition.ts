import fc from 'fast-check'
import { DAYS, type Condition, type Scalar } from '../../../shared/routers/condition-schema.ts'
import { RequestFacts, type RoutedRequest } from '../../../shared/routers/request-facts.ts'

const words = fc.constantFrom(
  'refund',
  'Invoice',
  'select',
  '\u017f',
  '\u0130',
  '\u212a',
  'é',
  '🙂',
  'hello world',
  '\n',
  '\0',
  '',
)
export const texts = fc.array(words, { maxLength: 6 }).map((parts) => parts.join(' '))
const target = fc.constantFrom('any' as const, 'last-user' as const, 'system' as const)
const text = words.filter((word) => word !== '' && word !== '\0')
const compare = fc.constantFrom('lt' as const, 'lte' as const, 'gt' as const, 'gte' as const, 'equals' as const)
const caseSensitive = fc.boolean()
const path = fc.constantFrom('tier', 'user.tier', 'tags.0', '__proto__.tier', 'constructor.name', 'tags.length')
const pattern = fc.constantFrom('(?i)refund|invoice', 'select', '\\bhello\\b', '(?i)s+', '^$', '[A-Z]\\w*', '(?i)k|s')

const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ type: fc.constant('message-contains' as const), target, text, caseSensitive }),
  fc.record({ type: fc.constant('message-equals' as const), target, text, caseSensitive }),
  fc.record({ type: fc.constant('message-regex' as const), target, pattern }),
  fc.record({
    type: fc.constant('message-length' as const),
    target,
    unit: fc.constantFrom('characters' as const, 'tokens' as const),
    compare,
    value: fc.nat(40),
  }),
  fc.record({
    type: fc.constant('message-language' as const),
    target,
    languages: fc.subarray(['en', 'de', 'pol'], { minLength: 1 }),
    minConfidence: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  fc.record({ type: fc.constantFrom('has-image' as const, 'has-tools' as const) }),
  fc.record({ type: fc.constant('turn-count' as const), compare, value: fc.nat(4) }),
  fc.record({
    type: fc.constant('metadata-equals' as const),
    path,
    value: fc.constantFrom('gold', 3, true, null),
    caseSensitive,
  }),
  fc.record({
    type: fc.constant('metadata-in' as const),
    path,
    values: fc.subarray<Scalar>(['Gold', 'b', 1], { minLength: 1 }),
    caseSensitive,
  }),
  fc.record({ type: fc.constant('metadata-exists' as const), path }),
  fc.record({ type: fc.constant('metadata-compare' as const), path, compare, value: fc.integer({ min: -3, max: 3 }) }),
  fc.record({ type: fc.constant('metadata-regex' as const), path, pattern }),
  fc.record({ type: fc.constant('metadata-contains' as const), path, text, caseSensitive }),
  fc.record({ type: fc.constant('key' as const), keyIds: fc.subarray(['a', 'b'], { minLength: 1 }) }),
  fc.record({
    type: fc.constant('time-of-day' as const),
    timeZone: fc.constantFrom('UTC', 'Europe/Warsaw', 'Asia/Kathmandu'),
    from: fc.constantFrom('00:00', '22:00'),
    to: fc.constantFrom('06:00', '24:00'),
    days: fc.subarray([...DAYS], { minLength: 1 }),
  }),
  fc.record({ type: fc.constant('percentage' as const), percent: fc.nat(100), salt: fc.constantFrom('a', 'b') }),
)

/** Any condition that can be saved. */
export const conditions: fc.Arbitrary<Condition> = fc.letrec<{ node: Condition }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.record({
      type: fc.constantFrom('all' as const, 'any' as const),
      conditions: fc.array(tie('node'), { minLength: 1, maxLength: 4 }),
    }),
    fc.record({ type: fc.constant('not' as const), condition: tie('node') }),
  ),
})).node

const json = fc.jsonValue()
const role = fc.oneof(fc.constantFrom('user', 'system', 'developer', 'assistant', 'tool'), json)
const part = fc.oneof(
  fc.record({ type: fc.constant('text'), text: fc.oneof(texts, json) }),
  fc.record({ type: fc.constant('image_url'), image_url: json }),
  json,
)
const message = fc.oneof(
  { weight: 4, arbitrary: fc.record({ role, content: fc.oneof(texts, fc.array(part, { maxLength: 3 }), json) }) },
  { weight: 1, arbitrary: json },
)
const metadata = fc.oneof(
  fc.record({
    tier: fc.oneof(words, json),
    user: fc.oneof(fc.record({ tier: json }), json),
    tags: fc.oneof(fc.array(words), json),
  }),
  fc
    .constantFrom('{"__proto__":{"tier":"gold"}}', '{"constructor":{"name":3}}')
    .map((source) => JSON.parse(source) as unknown),
  json,
)

/** Any JSON at all where strangers write, mostly near to what is right. */
export const requests: fc.Arbitrary<RoutedRequest> = fc.record({
  messages: fc.oneof({ weight: 6, arbitrary: fc.array(message, { maxLength: 5 }) }, { weight: 1, arbitrary: json }),
  metadata,
  tools: fc.oneof(fc.constantFrom(undefined, [{ type: 'function' }]), json),
  keyId: fc.constantFrom(null, 'a', 'c'),
  nowMs: fc.oneof(fc.integer({ min: 0, max: 4e12 }), fc.constantFrom(Number.NaN, Infinity, 9e15, -1)),
  unitId: fc.oneof(fc.constant(null), fc.string()),
})

/** The smallest request, with what a test is about. */
export function factsOf(request: Partial<RoutedRequest> = {}): RequestFacts {
  const nothing = { messages: [], metadata: undefined, tools: undefined, keyId: null, nowMs: 0, unitId: null }
  return new RequestFacts({ ...nothing, ...request })
}

export const saidByUser = (content: unknown): Partial<RoutedRequest> => ({ messages: [{ role: 'user', content }] })
