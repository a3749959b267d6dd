import { Validator, type Schema } from '@cfworker/json-schema'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileSchema } from '../../shared/json-schema/compile-schema.ts'

const violation = (schema: unknown, value: unknown): string | null => compileSchema(schema).violationOf(value)

test.each<[string, unknown, unknown, unknown, string]>([
  ['type', { type: 'integer' }, 3, 3.5, 'the answer must be of type integer'],
  ['types', { type: ['string', 'null'] }, null, 1, 'the answer must be of type string or null'],
  [
    'const',
    { const: { a: [1, 2], b: 1 } },
    { b: 1, a: [1, 2] },
    { a: [2, 1], b: 1 },
    'the answer must be the value that `const` names',
  ],
  ['const null', { const: null }, null, 0, 'the answer must be the value that `const` names'],
  ['enum', { enum: ['a', { b: 1 }] }, { b: 1 }, 'c', 'the answer must be one of the values that `enum` lists'],
  ['minimum', { minimum: 1 }, 1, 0, 'the answer must be at least 1'],
  ['exclusiveMaximum', { exclusiveMaximum: 1 }, 0, 1, 'the answer must be below 1'],
  ['multipleOf', { multipleOf: 0.1 }, 0.3, 0.35, 'the answer must be a multiple of 0.1'],
  ['minLength', { minLength: 2 }, '🙂🙂', '🙂', 'the answer must have at least 2 characters'],
  ['pattern', { pattern: '^\\d+$' }, '12', '1a', 'the answer must match the `pattern`'],
  ['required', { required: ['a'] }, { a: 1 }, {}, 'the answer must have the property `a`'],
  [
    'dependentRequired',
    { dependentRequired: { a: ['b'] } },
    { b: 1 },
    { a: 1 },
    'the answer must have the property `b`',
  ],
  [
    'dependentSchemas',
    { dependentSchemas: { a: { required: ['b'] } } },
    {},
    { a: 1 },
    'the answer must have the property `b`',
  ],
  ['minProperties', { minProperties: 1 }, { a: 1 }, {}, 'the answer must have at least 1 properties'],
  [
    'properties',
    { properties: { 'a/b': { type: 'null' } } },
    { 'a/b': null },
    { 'a/b': 1 },
    '`/a~1b` must be of type null',
  ],
  [
    'patternProperties',
    { patternProperties: { '^a': { type: 'null' } } },
    { b: 1 },
    { ab: 1 },
    '`/*` must be of type null',
  ],
  [
    'additionalProperties',
    { properties: { a: true }, additionalProperties: false },
    { a: 1 },
    { secret: 1 },
    'the answer has a property that the schema does not allow',
  ],
  [
    'additionalProperties as a schema',
    { additionalProperties: { type: 'null' } },
    { a: null },
    { secret: 1 },
    '`/*` must be of type null',
  ],
  [
    'propertyNames',
    { propertyNames: { maxLength: 1 } },
    { a: 1 },
    { ab: 1 },
    'the answer has a property whose name `propertyNames` does not allow',
  ],
  ['items', { items: { type: 'string' } }, ['a'], ['a', 2], '`/1` must be of type string'],
  [
    'prefixItems',
    { prefixItems: [{ type: 'string' }], items: false },
    ['a'],
    ['a', 2],
    '`/1` is not allowed by the schema',
  ],
  [
    'uniqueItems',
    { uniqueItems: true },
    [1, '1'],
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    'the answer must not hold an item twice',
  ],
  [
    'contains',
    { contains: { type: 'null' }, maxContains: 1 },
    [1, null],
    [null, null],
    'the answer must hold as many items as `contains` asks for',
  ],
  ['maxItems', { maxItems: 1 }, [1], [1, 2], 'the answer must have at most 1 items'],
  ['allOf', { allOf: [{ minimum: 1 }, { maximum: 2 }] }, 2, 3, 'the answer must be at most 2'],
  ['anyOf', { anyOf: [{ type: 'null' }, { minimum: 1 }] }, null, 0, 'the answer fits none of the schemas of `anyOf`'],
  [
    'oneOf',
    { oneOf: [{ minimum: 1 }, { maximum: 5 }] },
    9,
    3,
    'the answer must fit exactly one of the schemas of `oneOf`',
  ],
  ['not', { not: { type: 'null' } }, 1, null, 'the answer fits what `not` rules out'],
  [
    'if, then, else',
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    { if: { type: 'string' }, then: { minLength: 2 }, else: { minimum: 2 } },
    2,
    'a',
    'the answer must have at least 2 characters',
  ],
  [
    '$ref beside other keywords',
    { $defs: { a: { type: 'number' } }, $ref: '#/$defs/a', minimum: 1 },
    1,
    'x',
    'the answer must be of type number',
  ],
  [
    '$anchor',
    { $defs: { a: { $anchor: 'here', type: 'null' } }, $ref: '#here' },
    null,
    1,
    'the answer must be of type null',
  ],
])('%s is held to, and what breaks it is named', (_keyword, schema, good, bad, sentence) => {
  expect(violation(schema, good)).toBeNull()
  expect(violation(schema, bad)).toBe(sentence)
})

test('a schema that describes itself is followed as deep as the value goes', () => {
  const schema = {
    $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, additionalProperties: false } },
    $ref: '#/$defs/node',
  }
  expect(violation(schema, { next: { next: {} } })).toBeNull()
  expect(violation(schema, { next: { next: 1 } })).toBe('`/next/next` must be of type object')
})

test('properties of every object are no properties of the value', () => {
  expect(violation({ required: ['constructor'] }, {})).toBe('the answer must have the property `constructor`')
  expect(
    violation({ properties: { a: true }, additionalProperties: false }, JSON.parse('{"__proto__":1}')),
  ).not.toBeNull()
})

test.each<[string, unknown, string]>([
  ['is no object', 'x', 'it must be an object'],
  ['has a malformed keyword', { properties: { a: { minimum: '1' } } }, 'its `/properties/a/minimum` must be a number'],
  ['has an unknown type', { type: 'float' }, 'its `/type` must be a type of JSON, or a list of them'],
  ['refers outside', { $ref: 'https://example.com/schema' }, 'its `/$ref` must refer to a schema inside this one'],
  [
    'refers to what is no schema',
    { enum: [{}], $ref: '#/enum/0' },
    'its `/$ref` must refer to a schema inside this one',
  ],
  ['refers to itself', { $ref: '#' }, 'it refers to itself in a circle'],
  [
    'refers to itself by way of others',
    { $defs: { a: { anyOf: [{ $ref: '#' }] } }, allOf: [{ $ref: '#/$defs/a' }] },
    'in a circle',
  ],
  ['looks around', { pattern: '(?=a)b' }, 'its `/pattern` must be a regular expression without lookaround'],
  ['refers back', { patternProperties: { '(a)\\1': true } }, 'must be a regular expression without lookaround'],
  ['repeats too much', { pattern: '\\pL{900}\\pN{900}'.repeat(3) }, 'repeats too much'],
  [
    'asks for what is not checked',
    { unevaluatedProperties: false },
    'its `/unevaluatedProperties` is a keyword that is not supported',
  ],
  [
    'is too deep',
    Array.from({ length: 70 }).reduce<object>((schema) => ({ items: schema }), {}),
    'nested more than 64 levels',
  ],
  [
    'is too large',
    { $defs: Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`d${index}`, {}])) },
    'more than 10000 schemas',
  ],
])('a schema that %s is refused with a sentence', (_what, schema, sentence) => {
  expect(() => compileSchema(schema)).toThrow(sentence)
})

test('a schema that multiplies its own work, and a value that is too deep, come to an end', () => {
  const doubled = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [
      `d${index}`,
      { allOf: [{ $ref: `#/$defs/d${index + 1}` }, { $ref: `#/$defs/d${index + 1}` }] },
    ]),
  )
  const tooLarge = 'the answer is too large to be checked against the schema'
  expect(violation({ $defs: { ...doubled, d40: {} }, $ref: '#/$defs/d0' }, 1)).toBe(tooLarge)
  const deep = Array.from({ length: 5_000 }).reduce<unknown>((value) => [value], 1)
  expect(violation({ items: { $ref: '#' } }, deep)).toBe(tooLarge)
  expect(violation({ enum: [[]] }, deep)).toBe(tooLarge)
})

test('a pattern that would keep a backtracking engine busy for ever is decided at once', () => {
  expect(violation({ pattern: '^(a+)+$' }, `${'a'.repeat(20_000)}b`)).toBe('the answer must match the `pattern`')
})

test('whatever the schema and the value, the verdict is that of an independent checker', () => {
  const { schema, value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constantFrom(null, true, false, 0, 1, 2, 3.5, '', 'a', 'ab', 'b1'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'ab'), tie('value'), { maxKeys: 3 }),
    ),
    schema: fc.oneof({ maxDepth: 4, withCrossShrink: true }, fc.boolean(), tie('leaf'), tie('nested'), tie('inPlace')),
    leaf: fc.record(
      {
        type: fc.constantFrom('null', 'boolean', 'object', 'array', 'number', 'integer', 'string', ['string', 'null']),
        enum: fc.array(tie('value'), { minLength: 1, maxLength: 3 }),
        const: tie('value'),
        minimum: fc.integer({ min: 0, max: 3 }),
        exclusiveMaximum: fc.integer({ min: 0, max: 3 }),
        multipleOf: fc.constantFrom(1, 2, 0.5),
        minLength: fc.integer({ min: 0, max: 2 }),
        maxLength: fc.integer({ min: 0, max: 2 }),
        pattern: fc.constantFrom('^a', 'b$', '\\d'),
        required: fc.subarray(['a', 'b', 'ab']),
        minItems: fc.integer({ min: 0, max: 2 }),
        maxItems: fc.integer({ min: 0, max: 2 }),
        uniqueItems: fc.boolean(),
        minProperties: fc.integer({ min: 0, max: 2 }),
        maxProperties: fc.integer({ min: 0, max: 2 }),
      },
      { requiredKeys: [] },
    ),
    nested: fc.record(
      {
        properties: fc.dictionary(fc.constantFrom('a', 'b'), tie('schema'), { maxKeys: 2 }),
        patternProperties: fc.dictionary(fc.constantFrom('^a', 'b'), tie('schema'), { maxKeys: 2 }),
        additionalProperties: tie('schema'),
        propertyNames: tie('schema'),
        items: tie('schema'),
        prefixItems: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }),
        contains: tie('schema'),
      },
      { requiredKeys: [] },
    ),
    inPlace: fc.record(
      {
        allOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }),
        anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }),
        oneOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }),
        not: tie('schema'),
        if: tie('schema'),
        // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
        then: tie('schema'),
        else: tie('schema'),
        dependentSchemas: fc.dictionary(fc.constantFrom('a', 'b'), tie('schema'), { maxKeys: 1 }),
        dependentRequired: fc.dictionary(fc.constantFrom('a', 'b'), fc.subarray(['a', 'b']), { maxKeys: 1 }),
      },
      { requiredKeys: [] },
    ),
  }))
  fc.assert(
    fc.property(schema, fc.array(value, { minLength: 5, maxLength: 10 }), (anySchema, values) => {
      const ours = compileSchema(anySchema)
      const theirs = new Validator(structuredClone(anySchema) as Schema, '2020-12')
      for (const each of values) expect(ours.violationOf(each) === null).toBe(theirs.validate(each).valid)
    }),
    { numRuns: 2_000 },
  )
})
