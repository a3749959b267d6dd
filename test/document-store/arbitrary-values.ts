import { Binary, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'bson'
import * as fc from 'fast-check'

const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer({ min: -1000, max: 1000 }).map((value) => new Int32(value)),
  fc.double().map((value) => new Double(value)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => Long.fromBigInt(value)),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: -30, max: 30 }))
    .map(([digits, exponent]) => Decimal128.fromString(`${digits}E${exponent}`)),
  fc.constantFrom(
    new Double(Number.NaN),
    new Double(Number.POSITIVE_INFINITY),
    Decimal128.fromString('1E+400'),
    new Double(-0),
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('', '\u0000', 'a\u0000', 'a\u0000b', '\uffff', '\u{1f600}'),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
  fc.uint8Array({ maxLength: 5 }).map((bytes) => new Binary(bytes)),
  fc.tuple(fc.nat(), fc.nat()).map(([t, i]) => new Timestamp({ t, i })),
  fc.constantFrom(new MinKey(), new MaxKey()),
)

/** Any BSON value, documents and arrays included. */
export const anyValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 2 }),
  ),
})).value

/** Values that often collide, for queries that should find something. */
export const commonValue = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(0.5, 1.5, Number.NaN),
  fc.constantFrom('', 'a', 'ab', 'abc', 'b'),
  fc.constantFrom(new Date(0), new Date(1)),
  fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom('a', 'ab'), fc.constant(null)), { maxLength: 3 }),
  fc.record({ x: fc.integer({ min: -2, max: 2 }) }, { requiredKeys: [] }),
)
