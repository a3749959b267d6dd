import * as fc from 'fast-check'
import { Decimal128, Double, Int32, Long } from 'bson'
import { expect, test } from 'vitest'
import { decode, encode } from '../../shared/embedded/document-store/values/bson-values.ts'
import { compareValues } from '../../shared/embedded/document-store/values/compare.ts'
import { encodeKey, invertKey } from '../../shared/embedded/document-store/values/key-encoding.ts'
import { anyValue } from './arbitrary-values.ts'

test('the order of encoded keys is the order of the values', () => {
  fc.assert(
    fc.property(anyValue, anyValue, (left, right) => {
      expect(Buffer.compare(encodeKey(left), encodeKey(right))).toBe(Math.sign(compareValues(left, right)))
    }),
    { numRuns: 1000 },
  )
})

test('inverted keys have the opposite order', () => {
  fc.assert(
    fc.property(anyValue, anyValue, (left, right) => {
      const order = Buffer.compare(invertKey(encodeKey(left)), invertKey(encodeKey(right)))
      expect(order).toBe(0 - Buffer.compare(encodeKey(left), encodeKey(right)))
    }),
  )
})

test('no key is the beginning of another, so joined keys sort field by field', () => {
  fc.assert(
    fc.property(anyValue, anyValue, (left, right) => {
      const [a, b] = [encodeKey(left), encodeKey(right)]
      expect(b.subarray(0, a.length).equals(a)).toBe(a.equals(b))
    }),
    { numRuns: 1000 },
  )
})

test('numbers of every type sort by their exact value', () => {
  const ascending = [
    new Double(Number.NaN),
    new Double(Number.NEGATIVE_INFINITY),
    Decimal128.fromString('-1E+400'),
    Long.fromString('-9007199254740993'),
    new Double(-9007199254740992),
    new Int32(0),
    Decimal128.fromString('0.1'),
    new Double(0.1),
    new Double(9007199254740992),
    Long.fromString('9007199254740993'),
    Decimal128.fromString('9007199254740993.5'),
    Decimal128.fromString('1E+400'),
    new Double(Number.POSITIVE_INFINITY),
  ]
  for (let at = 1; at < ascending.length; at++) {
    expect(Buffer.compare(encodeKey(ascending[at - 1]), encodeKey(ascending[at]))).toBe(-1)
  }
})

test('equal numbers of different types have one key', () => {
  const key = encodeKey(new Int32(1))
  for (const one of [new Double(1), Long.fromNumber(1), Decimal128.fromString('1.00'), 1])
    expect(encodeKey(one).equals(key)).toBe(true)
})

test('a stored document keeps the type of every number', () => {
  const document = {
    int: new Int32(1),
    double: new Double(1),
    long: Long.fromNumber(1),
    decimal: Decimal128.fromString('1.0'),
  }
  expect(decode(encode(document))).toEqual(document)
})
