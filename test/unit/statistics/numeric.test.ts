import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chanceToBeBest } from '../../../control-plane/modules/ab-tests/statistics/chance-to-be-best.ts'
import {
  betaQuantile,
  binomialCdf,
  binomialQuantile,
  chiSquareUpperTail,
  studentT,
} from '../../../control-plane/modules/ab-tests/statistics/distributions.ts'
import {
  normalCdf,
  normalQuantile,
  normalUpperTail,
} from '../../../control-plane/modules/ab-tests/statistics/normal.ts'
import {
  findZero,
  lambertWMinusOne,
  logGamma,
  logSumExp,
} from '../../../control-plane/modules/ab-tests/statistics/numeric.ts'
import { createRandom, type Random } from '../../../control-plane/modules/ab-tests/statistics/random.ts'

describe('distributions', () => {
  test('keep the digits of far tails, where one minus a cdf gives 0', () => {
    expect(chiSquareUpperTail(80, 1) / 3.744097384202887e-19).toBeCloseTo(1, 10)
    expect(normalUpperTail(10) / 7.61985302416047e-24).toBeCloseTo(1, 9)
    expect(studentT.twoSidedTail(40, 30) / 5.0906e-28).toBeGreaterThan(0)
  })

  test('have the quantiles of printed tables', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12)
    expect(studentT.quantile(0.975, 10)).toBeCloseTo(2.228138852, 8)
    expect(chiSquareUpperTail(3.841458820694124, 1)).toBeCloseTo(0.05, 12)
    expect(logGamma(11)).toBeCloseTo(Math.log(3_628_800), 12)
    expect(chiSquareUpperTail(0, 3)).toBe(1)
  })

  test('are undone by their quantiles', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), fc.integer({ min: 1, max: 300 }), (p, n) => {
        expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 12)
        const chance = betaQuantile(p, n, 5)
        expect(1 - binomialCdf(n - 1, n + 4, chance)).toBeCloseTo(p, 8)
        const k = binomialQuantile(p, n, 0.3)
        expect(binomialCdf(k, n, 0.3)).toBeGreaterThanOrEqual(p - 1e-12)
        expect(binomialCdf(k - 1, n, 0.3)).toBeLessThanOrEqual(p + 1e-12)
      }),
    )
    expect([betaQuantile(0, 2, 3), betaQuantile(1, 2, 3)]).toEqual([0, 1])
  })
})

describe('Lambert’s W on the lower branch', () => {
  test('solves w·e^w = x from the branch point to far down', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 600, noNaN: true }), (further) => {
        const x = -Math.exp(-1 - further)
        const w = lambertWMinusOne(x)
        expect(w).toBeLessThanOrEqual(-1)
        expect(Math.abs(w + Math.log(-w) - Math.log(-x))).toBeLessThan(1e-12 * (1 + further))
      }),
    )
  })

  test('is refused where it is not real', () => {
    for (const x of [0, 1, -0.4, Number.NaN]) expect(() => lambertWMinusOne(x)).toThrow(RangeError)
  })
})

test('sums of exponentials neither overflow nor vanish', () => {
  expect(logSumExp([1000, 1000])).toBeCloseTo(1000 + Math.LN2, 12)
  expect(logSumExp([-1000, -1001])).toBeCloseTo(-1000 + Math.log1p(Math.exp(-1)), 12)
  expect(logSumExp([])).toBe(-Infinity)
})

test('a zero is found from either side', () => {
  expect(findZero((x) => x * x - 2, 0, 2)).toBeCloseTo(Math.SQRT2, 14)
  expect(findZero((x) => x * x - 2, 2, 0)).toBeCloseTo(Math.SQRT2, 14)
})

test('chances to be best add up to 1 and favour the larger mean, however different the spreads', () => {
  const belief = fc.record({
    mean: fc.double({ min: -10, max: 10, noNaN: true }),
    deviation: fc.double({ min: 1e-4, max: 10, noNaN: true }),
  })
  fc.assert(
    fc.property(belief, belief, (a, b) => {
      const [first = 0, second = 0] = chanceToBeBest([a, b])
      expect(first + second).toBeCloseTo(1, 12)
      expect(first).toBeCloseTo(normalCdf((a.mean - b.mean) / Math.hypot(a.deviation, b.deviation)), 6)
    }),
    { numRuns: 40 },
  )
})

describe('random draws', () => {
  const averageOf = (draw: (random: Random) => number) => {
    const random = createRandom(42)
    let sum = 0
    for (let index = 0; index < 20_000; index++) sum += draw(random)
    return sum / 20_000
  }

  test('repeat for the same seed and differ for the next', () => {
    const draws = (seed: number) => Array.from({ length: 5 }, createRandom(seed).uniform)
    expect(draws(7)).toEqual(draws(7))
    expect(draws(7)).not.toEqual(draws(8))
  })

  test('have the moments of their distributions', () => {
    expect(averageOf((random) => random.uniform())).toBeCloseTo(0.5, 1)
    expect(averageOf((random) => random.uniform() ** 2)).toBeCloseTo(1 / 3, 1)
    expect(averageOf((random) => random.normal())).toBeCloseTo(0, 1)
    expect(averageOf((random) => random.normal() ** 2)).toBeCloseTo(1, 1)
    expect(averageOf((random) => random.bernoulli(0.3))).toBeCloseTo(0.3, 1)
    expect(averageOf((random) => Math.log(random.lognormal(2, 0.5)))).toBeCloseTo(2, 1)
    expect(averageOf((random) => random.gamma(4))).toBeCloseTo(4, 0)
    expect(averageOf((random) => random.gamma(0.5))).toBeCloseTo(0.5, 1)
  })
})
