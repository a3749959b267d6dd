import { rhoTightestAt } from '../../control-plane/modules/ab-tests/statistics/asymptotic-sequence.ts'
import { betaBinomialSequence } from '../../control-plane/modules/ab-tests/statistics/beta-binomial-sequence.ts'
import {
  armSequence,
  differenceSequence,
  pairedSequence,
} from '../../control-plane/modules/ab-tests/statistics/difference-sequence.ts'
import { estimateMean, estimateProportion } from '../../control-plane/modules/ab-tests/statistics/estimators.ts'
import type { Interval } from '../../control-plane/modules/ab-tests/statistics/interval.ts'
import { addToMoments, NO_MOMENTS } from '../../control-plane/modules/ab-tests/statistics/moments.ts'
import { quantileSequence } from '../../control-plane/modules/ab-tests/statistics/quantile-sequence.ts'
import { createRandom, type Random } from '../../control-plane/modules/ab-tests/statistics/random.ts'
import {
  addScore,
  readScoreSequence,
  startScoreSequence,
} from '../../control-plane/modules/ab-tests/statistics/score-sequence.ts'
import {
  inversePropensityScore,
  weightedSequence,
} from '../../control-plane/modules/ab-tests/statistics/weighted-sequence.ts'
import { percent, type Line } from './simulate-ab-report.ts'
import { createSortedValues } from './simulate-ab-sorted-values.ts'

const ALPHA = 0.05
const EXPERIMENTS = 500
const UNITS = 5_000
const UNITS_PER_BATCH = 50

/** One way of computing an interval, with a truth that it must never miss. */
interface Covered {
  readonly what: string
  readonly truth: number
  /** Each call takes in one batch and gives the interval. */
  readonly start: (random: Random) => () => Interval
}

/** How many experiments had an interval that held the truth at every look. */
export function simulateCoverage(progress: (what: string) => void): Line[] {
  return SEQUENCES.map(({ what, truth, start }, index) => {
    progress(`coverage: ${what}`)
    const runs = Array.from({ length: EXPERIMENTS }, (_none, run) => {
      const look = start(createRandom(2_000_000 + 10_000 * index + run))
      return holdsThroughout(look, truth)
    })
    const covered = runs.filter(Boolean).length / runs.length
    return { what, cells: [percent(covered)], holds: covered >= 1 - ALPHA }
  })
}

const SEQUENCES: readonly Covered[] = [
  relative('cost, lognormal, sigma 1', (random, factor) => factor * random.lognormal(-0.5, 1)),
  { what: 'pass rate, exact, 70 % pass', truth: 0.7, start: (random) => passRate(random, 0.7) },
  { what: 'pass rate, exact, 99 % pass', truth: 0.99, start: (random) => passRate(random, 0.99) },
  { what: 'score in [0, 1], exact', truth: 0.8, start: scores },
  { what: 'same prompts to both variants', truth: 0.05, start: paired },
  { what: 'one variant under changing weights', truth: 0.7, start: oneArm },
  { what: 'difference under changing weights', truth: 0.05, start: weighted },
  ...[0.5, 0.95, 0.99].map((quantile) => ({
    what: `p${quantile * 100} of one variant, exact`,
    truth: -Math.log(1 - quantile),
    start: (random: Random) => quantiles(random, quantile),
  })),
  relative('cost, lognormal, sigma 2', (random, factor) => factor * random.lognormal(-2, 2)),
  relative('failures, 1 %', (random, factor) => random.bernoulli(0.01 * factor)),
]

function holdsThroughout(look: () => Interval, truth: number): boolean {
  for (let units = 0; units < UNITS; units += UNITS_PER_BATCH) {
    const { lower, upper } = look()
    if (lower > truth || upper < truth) return false
  }
  return true
}

const OPTIONS = { alpha: ALPHA, rho: rhoTightestAt(UNITS, ALPHA) }

/** The second variant has a fifth more. */
function relative(what: string, draw: (random: Random, factor: number) => number): Covered {
  const start = (random: Random) => {
    let [control, treatment] = [NO_MOMENTS, NO_MOMENTS]
    return batchwise(
      () => {
        control = addToMoments(control, draw(random, 1))
        treatment = addToMoments(treatment, draw(random, 1.2))
      },
      () => {
        const arms = { control: estimateMean(control), treatment: estimateMean(treatment) }
        return differenceSequence({ ...arms, scale: 'relative', bounded: null }, OPTIONS)
      },
    )
  }
  return { what: `relative difference of ${what}`, truth: 0.2, start }
}

function passRate(random: Random, chance: number) {
  let [passes, count] = [0, 0]
  return batchwise(
    () => {
      passes += random.bernoulli(chance)
      count += 1
    },
    () => betaBinomialSequence({ passes, count }, { alpha: ALPHA }),
  )
}

/** Beta(4, 1): most scores are good, none above 1. */
function scores(random: Random) {
  let sequence = startScoreSequence(ALPHA)
  return batchwise(
    () => {
      sequence = addScore(sequence, random.uniform() ** (1 / 4))
    },
    () => readScoreSequence(sequence),
  )
}

/** Answers of two variants to the same prompt are alike: hard prompts are hard for both. */
function paired(random: Random) {
  let differences = NO_MOMENTS
  return batchwise(
    () => {
      const difficulty = random.uniform()
      const before = difficulty < 0.6 || random.uniform() < 0.25 ? 1 : 0
      const after = difficulty < 0.65 || random.uniform() < 0.2857142857 ? 1 : 0
      differences = addToMoments(differences, after - before)
    },
    () => pairedSequence({ differences, bounded: true }, OPTIONS),
  )
}

/** The weights follow what was seen so far: the more a variant leads, the more it gets. */
function adaptiveWorld(random: Random) {
  const arms = [
    { chance: 0.7, seen: NO_MOMENTS },
    { chance: 0.75, seen: NO_MOMENTS },
  ] as const
  const seen = arms.map((arm) => arm.seen)
  const propensity = () => {
    const [first = NO_MOMENTS, second = NO_MOMENTS] = seen
    return Math.min(0.9, Math.max(0.1, 0.5 + 3 * (second.mean - first.mean)))
  }
  const draw = () => {
    const share = propensity()
    const arm = random.bernoulli(share)
    const outcome = random.bernoulli(arms[arm].chance)
    seen[arm] = addToMoments(seen[arm] ?? NO_MOMENTS, outcome)
    return { outcome, arm, propensity: arm === 1 ? share : 1 - share }
  }
  return { draw, seen }
}

function oneArm(random: Random) {
  const { draw, seen } = adaptiveWorld(random)
  return batchwise(draw, () => {
    const [first = NO_MOMENTS] = seen
    return armSequence({ arm: estimateProportion(first), bounded: first }, OPTIONS)
  })
}

function weighted(random: Random) {
  const { draw } = adaptiveWorld(random)
  let contributions = NO_MOMENTS
  // A pass rate of 0.7 at even weights: about 3 of variance per unit.
  const options = { alpha: ALPHA, rho: rhoTightestAt(3 * UNITS, ALPHA) }
  return batchwise(
    () => {
      const { outcome, arm, propensity } = draw()
      const assigned = arm === 1 ? 'treatment' : 'control'
      contributions = addToMoments(contributions, inversePropensityScore({ outcome, assigned, propensity }))
    },
    () => weightedSequence(contributions, options),
  )
}

/** Exponential latencies of mean 1. */
function quantiles(random: Random, quantile: number) {
  const values = createSortedValues()
  return () => {
    values.add(Array.from({ length: UNITS_PER_BATCH }, () => -Math.log(1 - random.uniform())))
    return quantileSequence(values, { quantile, alpha: ALPHA })
  }
}

function batchwise(addUnit: () => void, look: () => Interval): () => Interval {
  return () => {
    for (let unit = 0; unit < UNITS_PER_BATCH; unit += 1) addUnit()
    return look()
  }
}
