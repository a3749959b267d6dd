import { describe, expect, test } from 'vitest'
import {
  asymptoticSequence,
  rhoTightestAt,
} from '../../../control-plane/modules/ab-tests/statistics/asymptotic-sequence.ts'
import { betaBinomialSequence } from '../../../control-plane/modules/ab-tests/statistics/beta-binomial-sequence.ts'
import { chanceToBeBest } from '../../../control-plane/modules/ab-tests/statistics/chance-to-be-best.ts'
import { relativeDifference } from '../../../control-plane/modules/ab-tests/statistics/difference.ts'
import {
  estimateMean,
  estimateProportion,
  estimateRatio,
} from '../../../control-plane/modules/ab-tests/statistics/estimators.ts'
import {
  approximateRanks,
  fixedQuantileDifference,
  orderStatisticRanks,
} from '../../../control-plane/modules/ab-tests/statistics/fixed-quantile-interval.ts'
import { welchTest } from '../../../control-plane/modules/ab-tests/statistics/fixed-sample-test.ts'
import {
  addToJointMoments,
  NO_JOINT_MOMENTS,
} from '../../../control-plane/modules/ab-tests/statistics/joint-moments.ts'
import { chanceBetaAbove, liftPosterior } from '../../../control-plane/modules/ab-tests/statistics/lift-posterior.ts'
import { momentsFromSums } from '../../../control-plane/modules/ab-tests/statistics/moments.ts'
import {
  adjustByBenjaminiHochberg,
  adjustByHolm,
} from '../../../control-plane/modules/ab-tests/statistics/multiple-testing.ts'
import { normalQuantile } from '../../../control-plane/modules/ab-tests/statistics/normal.ts'
import { possibleRanks } from '../../../control-plane/modules/ab-tests/statistics/quantile-sequence.ts'
import { testSampleRatio } from '../../../control-plane/modules/ab-tests/statistics/sample-ratio.ts'
import {
  addScore,
  readScoreSequence,
  startScoreSequence,
} from '../../../control-plane/modules/ab-tests/statistics/score-sequence.ts'
import {
  addSampleRatioBatch,
  startSampleRatio,
} from '../../../control-plane/modules/ab-tests/statistics/sequential-sample-ratio.ts'
import { weightedSequence } from '../../../control-plane/modules/ab-tests/statistics/weighted-sequence.ts'
import { near, openVectors, quantileSequenceVectors } from './fixture.ts'

const { section, unused } = openVectors()
/** What the adaptive allocation's own tests read. */
const OF_ADAPTIVE_ALLOCATION = ['track_and_stop_tensorzero', 'tas_gaussian_var025', 'tas_threshold']

const mean = (count: number, sum: number, sumOfSquares: number) =>
  estimateMean(momentsFromSums({ count, sum, sumOfSquares }))
const proportion = (passes: number, count: number) =>
  estimateProportion(momentsFromSums({ count, sum: passes, sumOfSquares: passes }))

/** What GrowthBook uses where c(α) is exact here. */
const approximateConstant = (alpha: number) => -2 * Math.log(alpha) + Math.log(-2 * Math.log(alpha) + 1)
const tensorzeroConstant = (alpha: number) => -2 * Math.log(alpha) + Math.log(-2 * Math.log(alpha)) + 1

describe('asymptotic confidence sequences', () => {
  test('of GrowthBook, for a relative difference of means', () => {
    const { inputs, growthbook_expected: published, ...expected } = section('gb_sequential_relative_N1000')
    const control = mean(inputs.n_a, inputs.sum_a, inputs.sumsq_a)
    const treatment = mean(inputs.n_b, inputs.sum_b, inputs.sumsq_b)
    const estimate = relativeDifference(control, treatment)
    const rho = Math.sqrt(approximateConstant(inputs.alpha) / inputs.N_star)
    expect(rho).toEqual(near(expected.rho))
    const { lower, upper, pValue } = asymptoticSequence(estimate, { alpha: inputs.alpha, rho })
    const found = [estimate.value, lower, upper, estimate.standardError, pValue]
    const wanted = [expected.est, expected.lo, expected.hi, expected.se, expected.p]
    found.forEach((value, index) => {
      expect(value).toEqual(near(wanted[index] ?? Number.NaN))
      expect(value).toBeCloseTo(published[index] ?? Number.NaN, 5)
    })
  })

  test('of GrowthBook, for a relative difference of proportions', () => {
    const { growthbook_expected: published, ...expected } = section('gb_sequential_prop_N5000')
    const estimate = relativeDifference(proportion(1396, 3000), proportion(2422, 3461))
    const rho = Math.sqrt(approximateConstant(0.05) / 5000)
    const { lower, upper, pValue } = asymptoticSequence(estimate, { alpha: 0.05, rho })
    const found = [estimate.value, lower, upper, estimate.standardError, pValue]
    const wanted = [expected.est, expected.lo, expected.hi, expected.se, expected.p]
    found.forEach((value, index) => {
      expect(value).toEqual(near(wanted[index] ?? Number.NaN))
      expect(value).toBeCloseTo(published[index] ?? Number.NaN, 5)
    })
  })

  test.each(Object.entries(section('rho')))('are tuned by the exact constant at alpha %s', (level, expected) => {
    const alpha = Number(level)
    expect(rhoTightestAt(5000, alpha)).toEqual(near(expected.exact_N5000))
    expect(rhoTightestAt(1, alpha) ** 2).toEqual(near(expected.rho2_times_N_exact))
    expect(Math.sqrt(approximateConstant(alpha) / 5000)).toEqual(near(expected.gb_approx_N5000))
    expect(approximateConstant(alpha)).toEqual(near(expected.rho2_times_N_gb))
    expect(tensorzeroConstant(alpha)).toEqual(near(expected.rho2_times_N_tensorzero))
  })

  test.each(section('asympcs_unit'))('have the published half width for unit variance at n = $n', (expected) => {
    const { alpha, n } = expected
    const rho = rhoTightestAt(expected.N_star, alpha)
    expect(rho).toEqual(near(expected.rho))
    const { lower, upper } = asymptoticSequence({ value: 2, standardError: 1 / Math.sqrt(n), count: n }, { alpha, rho })
    expect((upper - lower) / 2).toEqual(near(expected.halfwidth_sd1))
    expect((upper + lower) / 2).toEqual(near(2))
    expect(normalQuantile(1 - alpha / 2) / Math.sqrt(n)).toEqual(near(expected.fixed_z_halfwidth))
  })

  test.each(section('tensorzero_asymp_cs'))('have TensorZero’s margin in martingale form, rho $rho', (expected) => {
    const scores = { count: expected.n, mean: expected.mean, squaredDeviations: expected.var * expected.n }
    const { lower, upper } = weightedSequence(scores, { alpha: expected.alpha, rho: expected.rho })
    expect(upper - expected.mean).toEqual(near(expected.margin))
    expect(expected.mean - lower).toEqual(near(expected.margin))
  })
})

describe('tests for one look', () => {
  test.each(['relative', 'absolute'] as const)('Welch of GrowthBook, %s', (scale) => {
    const expected = section(`gb_welch_${scale}`)
    const control = mean(3407, 1396.87, 52377.9767)
    const treatment = mean(3461, 2422.7, 134698.29)
    const found = welchTest({ control, treatment, scale }, 0.95)
    expect(found.value).toEqual(near(expected.est))
    expect(found.standardError).toEqual(near(expected.se))
    expect(found.degrees).toEqual(near(expected.df))
    expect(found.lower).toEqual(near(expected.lo))
    expect(found.upper).toEqual(near(expected.hi))
    expect(found.pValue).toEqual(near(expected.p))
  })

  test.each(section('quantile_order_stat_ci'))('order statistics around quantile $q of $n', (expected) => {
    const { n, q, conf } = expected
    const ranks = orderStatisticRanks(n, q, conf)
    expect([ranks.lower, ranks.upper]).toEqual([expected.l, expected.u])
    expect(ranks.coverage).toEqual(near(expected.coverage))
    const approximate = approximateRanks(n, q, conf)
    expect(approximate.lower).toEqual(near(expected.deng_L))
    expect(approximate.upper).toEqual(near(expected.deng_U))
  })

  test('a difference of p90 of GrowthBook', () => {
    const { inputs, growthbook_expected: published, ...expected } = section('gb_quantile_abs')
    const arm = (count: number, [value = Number.NaN, lower = Number.NaN, upper = Number.NaN]: number[]) => {
      return { count, value, lower, upper }
    }
    const arms = { control: arm(inputs.n_c, inputs.qc), treatment: arm(inputs.n_t, inputs.qt) }
    const found = fixedQuantileDifference(arms, 0.95)
    expect(found.value).toEqual(near(expected.est))
    expect(found.standardError).toEqual(near(expected.se))
    const reach = normalQuantile(0.975) * found.standardError
    const ends = [found.value - reach, found.value + reach]
    ends.forEach((end, index) => {
      expect(end).toEqual(near(expected.ci[index] ?? Number.NaN))
      expect(end).toEqual(near(published.ci[index] ?? Number.NaN))
    })
    expect(found.value).toEqual(near(published.expected))
  })

  test('a ratio by the delta method', () => {
    const { m, d, ...expected } = section('ratio_delta')
    const moments = m.reduce((all, each, index) => addToJointMoments(all, [each, d[index] ?? 0]), NO_JOINT_MOMENTS)
    const found = estimateRatio(moments)
    expect(found.value).toEqual(near(expected.ratio))
    expect(found.variance).toEqual(near(expected.var_unit))
    expect(Math.sqrt(found.variance / found.count)).toEqual(near(expected.se))
  })

  test('Holm and Benjamini-Hochberg adjust as published', () => {
    for (const { p, holm, bh } of [section('multiple'), section('multiple_bh1995_style')]) {
      adjustByHolm(p).forEach((value, index) => expect(value).toEqual(near(holm[index] ?? Number.NaN)))
      adjustByBenjaminiHochberg(p).forEach((value, index) => expect(value).toEqual(near(bh[index] ?? Number.NaN)))
    }
  })
})

describe('sample ratios', () => {
  test.each(section('srm'))('chi-square of $obs at $w', ({ obs, w, chi2, df, p }) => {
    const found = testSampleRatio(obs, w)
    expect(found.degrees).toBe(df)
    expect(found.statistic).toEqual(near(chi2))
    expect(found.pValue).toEqual(near(p))
  })

  test.each(section('ssrm'))('the sequential test of $rows at $p', ({ rows, p, conc, pvalues }) => {
    let sequence = startSampleRatio(p.length, [conc])
    rows.forEach((units, index) => {
      sequence = addSampleRatioBatch(sequence, { units, weights: p })
      expect(sequence.pValue).toEqual(near(pvalues[index] ?? Number.NaN))
    })
  })
})

describe('the Bayesian reading', () => {
  const small = { control: mean(10, 100, 1002.25), treatment: mean(10, 105, 1111.5) }

  test.each([
    ['gb_bayes_binom', relativeDifference(proportion(49, 100), proportion(51, 100)), undefined],
    ['gb_bayes_gauss', relativeDifference(small.control, small.treatment), undefined],
    [
      'gb_bayes_gauss_informative',
      relativeDifference(small.control, small.treatment),
      { mean: 0.1, deviation: Math.sqrt(0.1) },
    ],
  ] as const)('of GrowthBook: %s', (name, estimate, prior) => {
    const { growthbook_expected: published, ...expected } = section(name)
    const found = liftPosterior(estimate, prior)
    expect(found?.mean ?? Number.NaN).toEqual(near(expected.mean))
    expect(found?.deviation ?? Number.NaN).toEqual(near(expected.sd))
    expect(found?.chanceToWin ?? Number.NaN).toEqual(near(expected.chance_to_win))
    expect(found?.lower ?? Number.NaN).toEqual(near(expected.ci[0] ?? Number.NaN))
    expect(found?.upper ?? Number.NaN).toEqual(near(expected.ci[1] ?? Number.NaN))
    expect(found?.riskOfControl ?? Number.NaN).toEqual(near(expected.risk_control))
    expect(found?.riskOfTreatment ?? Number.NaN).toEqual(near(expected.risk_treatment))
    expect(found?.chanceToWin).toBeCloseTo(published.ctw, 5)
    expect(found?.mean).toBeCloseTo(published.expected, 5)
    expect(found?.deviation).toBeCloseTo(published.sd, 5)
    expect(found?.riskOfControl).toBeCloseTo(published.risk[0] ?? Number.NaN, 5)
    expect(found?.riskOfTreatment).toBeCloseTo(published.risk[1] ?? Number.NaN, 5)
  })

  test.each(section('beta_prob_b_beats_a'))('the chance that Beta($b) is above Beta($a)', ({ a, b, p }) => {
    expect(chanceBetaAbove(a as [number, number], b as [number, number])).toEqual(near(p))
  })

  test.each(section('gaussian_p_best'))('which of $means is best', ({ means, sds, p }) => {
    const arms = means.map((value, index) => ({ mean: value, deviation: sds[index] ?? Number.NaN }))
    chanceToBeBest(arms).forEach((chance, index) => expect(chance).toEqual(near(p[index] ?? Number.NaN)))
  })
})

describe('exact sequences', () => {
  test('empirical Bernstein for scores in [0, 1]', () => {
    const { stream, alpha, points } = section('prpl_eb_cs')
    const [pattern = '', repeats = ''] = stream.split(' repeated ')
    const scores = Array.from({ length: Number.parseInt(repeats) }, () => JSON.parse(pattern) as number[]).flat()
    const sequences = [startScoreSequence(alpha)]
    for (const score of scores) sequences.push(addScore(sequences.at(-1) ?? startScoreSequence(alpha), score))
    for (const { t, center, half } of points) {
      const { centre, halfWidth } = readScoreSequence(sequences[t] ?? startScoreSequence(alpha))
      expect(centre).toEqual(near(center))
      expect(halfWidth).toEqual(near(half))
    }
    expect(points).not.toHaveLength(0)
  })

  test.each(section('beta_binomial_cs'))('beta-binomial for $S of $n', ({ S, n, alpha, lo, hi }) => {
    const { lower, upper } = betaBinomialSequence({ passes: S, count: n }, { alpha })
    expect(lower).toEqual(near(lo))
    expect(upper).toEqual(near(hi))
  })

  test.each(quantileSequenceVectors)('the quantile $q of $n', ({ n, q, alpha, fixed_n: fixed, ...expected }) => {
    for (const concentration of [10, 100, 1000] as const) {
      const { lower, upper } = possibleRanks(n, { quantile: q, alpha, concentration })
      expect([lower, upper]).toEqual(expected[`c${concentration}`])
    }
    const { lower, upper } = approximateRanks(n, q, 1 - alpha)
    expect([lower.toFixed(1), upper.toFixed(1)]).toEqual(fixed.map((rank) => rank.toFixed(1)))
  })
})

test('no section of the vectors is left out, but for those that adaptive allocation reads', () => {
  expect(unused().sort()).toEqual([...OF_ADAPTIVE_ALLOCATION].sort())
})
