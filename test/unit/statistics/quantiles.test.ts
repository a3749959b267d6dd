import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  edgesOf,
  histogramOf,
  type LogHistogram,
  mergeHistograms,
} from '../../../control-plane/modules/ab-tests/statistics/log-histogram.ts'
import {
  quantileDifference,
  quantileSequence,
} from '../../../control-plane/modules/ab-tests/statistics/quantile-sequence.ts'
import { createRandom } from '../../../control-plane/modules/ab-tests/statistics/random.ts'
import {
  rankedHistogram,
  rankedSample,
  valueAt,
} from '../../../control-plane/modules/ab-tests/statistics/ranked-values.ts'

const latency = fc.double({ min: 1e-5, max: 1e11, noNaN: true })
const latencies = fc.array(latency, { minLength: 1, maxLength: 80 })
const P95 = { quantile: 0.95, alpha: 0.05 }

describe('a histogram', () => {
  test('merged in any order and split is the very same as of all values', () => {
    fc.assert(
      fc.property(latencies, latencies, latencies, (a, b, c) => {
        const parts = [histogramOf(c), histogramOf(a), histogramOf(b)]
        const whole = histogramOf([...a, ...b, ...c])
        expect(mergeHistograms(...parts)).toEqual(whole)
        expect(mergeHistograms(mergeHistograms(...parts.slice(1)), histogramOf(c))).toEqual(whole)
        expect(JSON.parse(JSON.stringify(whole))).toEqual(whole)
      }),
    )
  })

  test('knows every rank to half a percent, and its one number to a quarter', () => {
    fc.assert(
      fc.property(latencies, (values) => {
        const exact = rankedSample(values)
        const counted = rankedHistogram(histogramOf(values))
        for (let rank = 1; rank <= values.length; rank++) {
          const value = exact.at(rank).lower
          const { lower, upper } = counted.at(rank)
          expect(lower * (1 - 1e-12) <= value && value <= upper * (1 + 1e-12)).toBe(true)
          expect(upper / lower).toBeCloseTo(1.005, 9)
          expect(Math.abs(valueAt(counted, rank) / value - 1)).toBeLessThan(0.0026)
        }
      }),
    )
  })

  test('gathers what is not positive below, what is endless above, and refuses what is no number', () => {
    const histogram = histogramOf([-5, 0, 1, Infinity])
    const ranked = rankedHistogram(histogram)
    expect(ranked.at(1).lower).toBe(-Infinity)
    expect(valueAt(ranked, 2)).toBe(0)
    expect(ranked.at(4).upper).toBe(Infinity)
    expect(valueAt(ranked, 4)).toBeGreaterThan(9e11)
    expect(() => histogramOf([Number.NaN])).toThrow(RangeError)
    expect(edgesOf(1).lower).toBe(1)
  })
})

describe('a quantile’s sequence', () => {
  test('contains its estimate, and counted values only make it wider', () => {
    fc.assert(
      fc.property(latencies, fc.constantFrom(0.5, 0.95, 0.99), (values, quantile) => {
        const exact = quantileSequence(rankedSample(values), { quantile, alpha: 0.05 })
        const counted = quantileSequence(rankedHistogram(histogramOf(values)), { quantile, alpha: 0.05 })
        expect(exact.lower <= exact.value && exact.value <= exact.upper).toBe(true)
        expect(counted.lower <= counted.value && counted.value <= counted.upper).toBe(true)
        expect(counted.lower).toBeLessThanOrEqual(exact.lower * (1 + 1e-12))
        expect(counted.upper).toBeGreaterThanOrEqual(exact.upper * (1 - 1e-12))
      }),
    )
  })

  test('is open on both sides without values', () => {
    const empty: LogHistogram = histogramOf([])
    expect(quantileSequence(rankedHistogram(empty), P95)).toEqual({
      value: Number.NaN,
      lower: -Infinity,
      upper: Infinity,
    })
  })

  // 100 runs of 2,000 values and 20 looks each.
  test('hardly ever misses, looked at all the time, for a heavy tail', () => {
    const random = createRandom(21)
    const truth = Math.exp(1.6448536269514722)
    let missed = 0
    for (let run = 0; run < 100; run++) {
      let histogram = histogramOf([])
      let miss = false
      for (let look = 0; look < 20; look++) {
        const batch = Array.from({ length: 100 }, () => random.lognormal(0, 1))
        histogram = mergeHistograms(histogram, histogramOf(batch))
        const { lower, upper } = quantileSequence(rankedHistogram(histogram), P95)
        miss ||= truth < lower || truth > upper
      }
      missed += Number(miss)
    }
    expect(missed / 100).toBeLessThanOrEqual(0.05)
  })
})

describe('a difference of quantiles', () => {
  const draw = (seed: number, factor: number) => {
    const random = createRandom(seed)
    return rankedHistogram(histogramOf(Array.from({ length: 4000 }, () => factor * random.lognormal(5, 0.5))))
  }

  test('leaves 0 out exactly when its p is below alpha', () => {
    for (const factor of [0.7, 0.97, 1, 1.03, 1.1, 1.3]) {
      for (const scale of ['absolute', 'relative'] as const) {
        const arms = { control: draw(1, 1), treatment: draw(2, factor), scale }
        const { lower, upper, pValue } = quantileDifference(arms, P95)
        expect(lower > 0 || upper < 0).toBe(pValue <= 0.05)
      }
    }
  })

  test('of a variant that is 30 % slower is found and lies in its interval', () => {
    const found = quantileDifference({ control: draw(1, 1), treatment: draw(2, 1.3), scale: 'relative' }, P95)
    expect(found.pValue).toBeLessThan(0.001)
    expect(found.lower).toBeLessThan(0.3)
    expect(found.upper).toBeGreaterThan(0.3)
    expect(found.value).toBeCloseTo(0.3, 1)
  })

  test('of arms with hardly any values says nothing', () => {
    const few = rankedSample([1, 2, 3])
    const found = quantileDifference({ control: few, treatment: few, scale: 'absolute' }, P95)
    expect(found).toMatchObject({ lower: -Infinity, upper: Infinity, pValue: 1 })
  })
})
