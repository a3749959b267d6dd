import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addLatency,
  addToBucket,
  emptySketch,
  LAST_BUCKET,
  LONGEST_MS,
  mergeSketch,
  percentilesOf,
  SHORTEST_MS,
  type LatencySketch,
} from '../../../control-plane/modules/usage/latency-sketch.ts'

const latency = fc.double({ min: SHORTEST_MS, max: LONGEST_MS, noNaN: true })
const share = fc.double({ min: 0, max: 1, noNaN: true })

function sketchOf(values: readonly number[]): LatencySketch {
  const sketch = emptySketch()
  for (const value of values) addLatency(sketch, value)
  return sketch
}

/** By bucket, whatever room there is around them. */
function countsOf({ first, counts }: LatencySketch): [number, number][] {
  return counts.map((count, place): [number, number] => [first + place, count]).filter(([, count]) => count > 0)
}

test('each percentile is within one per cent of the value of its rank', () => {
  fc.assert(
    fc.property(fc.array(latency, { minLength: 1, maxLength: 200 }), share, (values, wanted) => {
      const sorted = values.toSorted((one, other) => one - other)
      const exact = sorted[Math.floor(wanted * (sorted.length - 1))] ?? Number.NaN
      const [told = Number.NaN] = percentilesOf(sketchOf(values), [wanted])
      expect(Math.abs((told ?? Number.NaN) - exact)).toBeLessThanOrEqual(exact * 0.01 * (1 + 1e-9))
    }),
  )
})

test('sketches of parts, merged in any order, are the sketch of the whole', () => {
  fc.assert(
    fc.property(fc.array(fc.array(latency, { maxLength: 50 }), { maxLength: 6 }), (parts) => {
      const forwards = emptySketch()
      const backwards = emptySketch()
      for (const part of parts) mergeSketch(forwards, sketchOf(part))
      for (const part of parts.toReversed()) mergeSketch(backwards, sketchOf(part))
      const whole = countsOf(sketchOf(parts.flat()))
      expect(countsOf(forwards)).toEqual(whole)
      expect(countsOf(backwards)).toEqual(whole)
    }),
  )
})

test('what is too short or too long to be told apart counts in the outermost buckets', () => {
  const sketch = sketchOf([0, 1e-9, Infinity, 1e300])
  expect(countsOf(sketch)).toEqual([
    [0, 2],
    [LAST_BUCKET, 2],
  ])
  expect(() => addLatency(sketch, Number.NaN)).toThrow(RangeError)
})

test('a sketch of nothing has no percentiles', () => {
  expect(percentilesOf(emptySketch(), [0.5, 0.99])).toEqual([null, null])
})

test('percentiles rise with their shares, also where buckets between are empty', () => {
  const sketch = emptySketch()
  addToBucket(sketch, 900, 1)
  addToBucket(sketch, 100, 98)
  const [p50, p95, p99, most] = percentilesOf(sketch, [0.5, 0.95, 0.99, 1])
  expect(p50).toBe(p95)
  expect(p99).toBe(p95)
  expect(most).toBeGreaterThan(Number(p95))
})
