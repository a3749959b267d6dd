import { absoluteDifference } from '../../control-plane/modules/ab-tests/statistics/difference.ts'
import { differenceSequence } from '../../control-plane/modules/ab-tests/statistics/difference-sequence.ts'
import {
  estimateMean,
  estimateProportion,
  estimateRatio,
  type ArmEstimate,
} from '../../control-plane/modules/ab-tests/statistics/estimators.ts'
import { welchTest } from '../../control-plane/modules/ab-tests/statistics/fixed-sample-test.ts'
import {
  approximateRanks,
  fixedQuantileDifference,
} from '../../control-plane/modules/ab-tests/statistics/fixed-quantile-interval.ts'
import { addToJointMoments, NO_JOINT_MOMENTS } from '../../control-plane/modules/ab-tests/statistics/joint-moments.ts'
import { addToMoments, NO_MOMENTS } from '../../control-plane/modules/ab-tests/statistics/moments.ts'
import { normalUpperTail } from '../../control-plane/modules/ab-tests/statistics/normal.ts'
import { rhoTightestAt } from '../../control-plane/modules/ab-tests/statistics/asymptotic-sequence.ts'
import { quantileDifference } from '../../control-plane/modules/ab-tests/statistics/quantile-sequence.ts'
import type { Random } from '../../control-plane/modules/ab-tests/statistics/random.ts'
import type { MetricUnit } from '../../control-plane/modules/ab-tests/statistics/decide-evidence.ts'
import { createSortedValues, type SortedValues } from './simulate-ab-sorted-values.ts'

export const ALPHA = 0.05

/** What ours and the usual test say at one look. */
export interface Look {
  readonly values: readonly [number, number]
  readonly effect: number
  readonly lower: number
  readonly upper: number
  readonly pValue: number
  /** Of the test that may be used once, at a size fixed beforehand. */
  readonly fixedPValue: number
}

/** One experiment of two variants: units arrive, and it is looked at. */
export interface Experiment {
  readonly grow: (unitsPerVariant: number) => void
  readonly look: () => Look
}

export interface Kind {
  readonly name: string
  readonly unit: MetricUnit
  readonly direction: 'higher-is-better' | 'lower-is-better'
  /** The difference of the second variant where there is one, and both variances of one unit: what planning asks for. */
  readonly effect: number
  readonly variances: readonly [number, number]
  /** An experiment tuned to be tightest at so many units in all. */
  readonly start: (random: Random, world: { readonly different: boolean; readonly tightestAt: number }) => Experiment
}

const SPREAD_OF_TOKENS = 0.8
const SPREAD_OF_PRICE = 0.5

const QUANTILE = 0.95
const SPREAD_OF_LATENCY = 0.5
const MEDIAN_LATENCY = 800
const P95 = MEDIAN_LATENCY * Math.exp(SPREAD_OF_LATENCY * 1.644_853_627)

/** The kinds of metrics that a gateway has: pass or fail, cost and length with long tails, cost per result, latency. */
export const KINDS: readonly Kind[] = [
  passFail(0.7, 0.75),
  passFail(0.99, 0.98),
  lognormal(1, 1.15),
  lognormal(2, 1.5),
  ratio(0.9),
  latency(0.9),
]

function passFail(before: number, after: number): Kind {
  return {
    name: `pass/fail, ${before * 100} % pass`,
    unit: 'share',
    direction: 'higher-is-better',
    effect: after - before,
    variances: [before * (1 - before), after * (1 - after)],
    start: (random, { different, tightestAt }) => {
      const chances = [before, different ? after : before] as const
      return means(tightestAt, { bounded: true, draw: (arm) => random.bernoulli(chances[arm]) })
    },
  }
}

/** Of mean 1. */
function lognormal(sigma: number, factor: number): Kind {
  const variance = Math.exp(sigma ** 2) - 1
  return {
    name: `cost, lognormal, sigma ${sigma}`,
    unit: 'number',
    direction: 'lower-is-better',
    effect: factor - 1,
    variances: [variance, variance * factor ** 2],
    start: (random, { different, tightestAt }) => {
      const factors = [1, different ? factor : 1] as const
      const draw = (arm: 0 | 1) => factors[arm] * random.lognormal(-(sigma ** 2) / 2, sigma)
      return means(tightestAt, { bounded: false, draw })
    },
  }
}

function means(tightestAt: number, world: { bounded: boolean; draw: (arm: 0 | 1) => number }): Experiment {
  const moments = [NO_MOMENTS, NO_MOMENTS]
  const estimate = world.bounded ? estimateProportion : estimateMean
  return {
    grow: (units) => {
      for (const arm of [0, 1] as const) {
        let own = moments[arm] ?? NO_MOMENTS
        for (let unit = 0; unit < units; unit += 1) own = addToMoments(own, world.draw(arm))
        moments[arm] = own
      }
    },
    look: () => {
      const [control = NO_MOMENTS, treatment = NO_MOMENTS] = moments
      const bounded = world.bounded ? { control, treatment } : null
      return lookAt({ control: estimate(control), treatment: estimate(treatment), bounded, tightestAt })
    },
  }
}

/** Cost per token: both vary by unit. */
function ratio(factor: number): Kind {
  // Var(M - R·D) / D̄² with M = R·D·price, by the moments of lognormals; R = 1.
  const variance = Math.exp(SPREAD_OF_TOKENS ** 2) * (Math.exp(SPREAD_OF_PRICE ** 2) - 1)
  return {
    name: 'ratio, cost per token',
    unit: 'number',
    direction: 'lower-is-better',
    effect: factor - 1,
    variances: [variance, variance * factor ** 2],
    start: (random, { different, tightestAt }) => {
      const factors = [1, different ? factor : 1] as const
      const moments = [NO_JOINT_MOMENTS, NO_JOINT_MOMENTS]
      const add = (arm: 0 | 1) => {
        const tokens = random.lognormal(6, SPREAD_OF_TOKENS)
        const cost = tokens * factors[arm] * random.lognormal(-(SPREAD_OF_PRICE ** 2) / 2, SPREAD_OF_PRICE)
        moments[arm] = addToJointMoments(moments[arm] ?? NO_JOINT_MOMENTS, [cost, tokens])
      }
      return {
        grow: (units) => {
          for (const arm of [0, 1] as const) for (let unit = 0; unit < units; unit += 1) add(arm)
        },
        look: () => {
          const [control = NO_JOINT_MOMENTS, treatment = NO_JOINT_MOMENTS] = moments
          return lookAt({
            control: estimateRatio(control),
            treatment: estimateRatio(treatment),
            bounded: null,
            tightestAt,
          })
        },
      }
    },
  }
}

type Compared = Omit<Parameters<typeof differenceSequence>[0], 'scale'> & { readonly tightestAt: number }

function lookAt({ control, treatment, bounded, tightestAt }: Compared): Look {
  const options = { alpha: ALPHA, rho: rhoTightestAt(tightestAt, ALPHA) }
  const { lower, upper, pValue } = differenceSequence({ control, treatment, scale: 'absolute', bounded }, options)
  return {
    values: [control.value, treatment.value],
    effect: absoluteDifference(control, treatment).value,
    lower,
    upper,
    pValue,
    fixedPValue: fixedPValue(control, treatment),
  }
}

function fixedPValue(control: ArmEstimate, treatment: ArmEstimate): number {
  if (!(control.variance + treatment.variance > 0)) return 1
  return welchTest({ control, treatment, scale: 'absolute' }, 1 - ALPHA).pValue
}

function latency(factor: number): Kind {
  // q(1 - q) / f², f the lognormal density at its p95: 0.103136 is the normal density at 1.6449.
  const variance = QUANTILE * (1 - QUANTILE) * ((SPREAD_OF_LATENCY * P95) / 0.103_135_64) ** 2
  return {
    name: 'p95 latency',
    unit: 'milliseconds',
    direction: 'lower-is-better',
    effect: P95 * (factor - 1),
    variances: [variance, variance * factor ** 2],
    start: (random, { different }) => {
      const medians = [MEDIAN_LATENCY, MEDIAN_LATENCY * (different ? factor : 1)] as const
      const arms = [createSortedValues(), createSortedValues()] as const
      return {
        grow: (units) => {
          for (const arm of [0, 1] as const) {
            const median = medians[arm]
            arms[arm].add(Array.from({ length: units }, () => random.lognormal(Math.log(median), SPREAD_OF_LATENCY)))
          }
        },
        look: () => lookAtQuantile(arms),
      }
    },
  }
}

function lookAtQuantile([control, treatment]: readonly [SortedValues, SortedValues]): Look {
  const options = { quantile: QUANTILE, alpha: ALPHA }
  const sequence = quantileDifference({ control, treatment, scale: 'absolute' }, options)
  const arms = { control: withFixedInterval(control), treatment: withFixedInterval(treatment) }
  const fixed = fixedQuantileDifference(arms, 1 - ALPHA)
  return {
    values: [arms.control.value, arms.treatment.value],
    effect: sequence.value,
    lower: sequence.lower,
    upper: sequence.upper,
    pValue: sequence.pValue,
    fixedPValue: fixed.standardError > 0 ? 2 * normalUpperTail(Math.abs(fixed.value) / fixed.standardError) : 1,
  }
}

function withFixedInterval(values: SortedValues) {
  const ranks = approximateRanks(values.count, QUANTILE, 1 - ALPHA)
  return {
    value: values.at(Math.ceil(values.count * QUANTILE)).lower,
    lower: values.at(Math.max(1, Math.floor(ranks.lower))).lower,
    upper: values.at(Math.min(values.count, Math.ceil(ranks.upper))).upper,
    count: values.count,
  }
}
