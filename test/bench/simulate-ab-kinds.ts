import { rhoTightestAt } from '../../control-plane/modules/ab-tests/statistics/asymptotic-sequence.ts'
import { differenceSequence } from '../../control-plane/modules/ab-tests/statistics/difference-sequence.ts'
import {
  estimateMean,
  estimateProportion,
  estimateRatio,
  type ArmEstimate,
} from '../../control-plane/modules/ab-tests/statistics/estimators.ts'
import { welchTest } from '../../control-plane/modules/ab-tests/statistics/fixed-sample-test.ts'
import { addToJointMoments, NO_JOINT_MOMENTS } from '../../control-plane/modules/ab-tests/statistics/joint-moments.ts'
import { addToMoments, NO_MOMENTS } from '../../control-plane/modules/ab-tests/statistics/moments.ts'
import { ALPHA, type Experiment, type Kind, type Look } from './simulate-ab-experiment.ts'
import { latency } from './simulate-ab-latency.ts'

const SPREAD_OF_TOKENS = 0.8
const SPREAD_OF_PRICE = 0.5

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
    effect: treatment.value - control.value,
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
