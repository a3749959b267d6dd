import { shareByTopTwo } from '../../control-plane/modules/ab-tests/statistics/adaptive-top-two.ts'
import {
  trackAndStop,
  type TrackAndStopOptions,
} from '../../control-plane/modules/ab-tests/statistics/adaptive-track-and-stop.ts'
import { addToMoments, NO_MOMENTS, sampleVariance } from '../../control-plane/modules/ab-tests/statistics/moments.ts'
import { createRandom, type Random } from '../../control-plane/modules/ab-tests/statistics/random.ts'
import { count, median, percent, type Line, type Section } from './simulate-ab-report.ts'

const DELTA = 0.05
const EXPERIMENTS = 500
const UNITS_PER_UPDATE = 100
const MOST_UNITS = 40_000

/** Variants of which one is the best, or none. */
export interface Contest {
  readonly what: string
  readonly options: TrackAndStopOptions
  readonly draws: readonly ((random: Random) => number)[]
  /** null: all are equal. */
  readonly best: number | null
}

/** The units that a contest took with equal shares and with adaptive ones. */
export interface Saving {
  readonly what: string
  readonly uniform: number
  readonly adaptive: number
}

const PASS_FAIL = { scale: 'pass-fail', direction: 'maximize', delta: DELTA } as const

const CONTESTS: readonly Contest[] = [
  contest('3 variants, 60 % and 50 % twice', [0.6, 0.5, 0.5]),
  contest('5 variants, 60 % and 50 % four times', [0.6, 0.5, 0.5, 0.5, 0.5]),
  contest('5 variants, 70, 65, 60, 55 and 50 %', [0.7, 0.65, 0.6, 0.55, 0.5]),
  {
    what: '4 costs, lognormal, 1.0, 1.15, 1.3 and 1.3',
    options: { scale: 'unbounded', direction: 'minimize', delta: DELTA },
    draws: [1.15, 1, 1.3, 1.3].map((mean) => (random: Random) => mean * random.lognormal(-0.125, 0.5)),
    best: 1,
  },
]

const EQUALS: readonly Contest[] = [
  { ...contest('2 equal variants, 60 %', [0.6, 0.6]), best: null },
  { ...contest('4 equal variants, 60 %', [0.6, 0.6, 0.6, 0.6]), best: null },
]

/** Best-variant search: whether the winner is the right one, and what adaptive shares save. */
export function simulateAdaptive(progress: (what: string) => void): { section: Section; savings: Saving[] } {
  const compared = CONTESTS.map((given, index) => {
    progress(`adaptive: ${given.what}`)
    const seed = 4_000_000 + 10_000 * index
    return {
      given,
      uniform: runAll(given, { share: equally, seed }),
      adaptive: runAll(given, { share: byTracking, seed }),
    }
  })
  const [first] = CONTESTS
  progress('adaptive: top-two sharing')
  const topTwo = first === undefined ? [] : [topTwoLine(first)]
  const equals = EQUALS.map((given) => {
    progress(`adaptive: ${given.what}`)
    return equalsLine(given)
  })
  return {
    section: {
      title: `The best of several variants (${EXPERIMENTS} searches each, delta ${DELTA * 100} %)`,
      columns: ['wrong winner', 'no winner', 'median units', 'with equal shares', 'saved'],
      lines: [...compared.map(compareLine), ...topTwo, ...equals],
    },
    savings: compared.map(({ given, uniform, adaptive }) => ({
      what: given.what,
      uniform: median(uniform.map(({ units }) => units)),
      adaptive: median(adaptive.map(({ units }) => units)),
    })),
  }
}

function contest(what: string, chances: readonly number[]): Contest {
  const draws = chances.map((chance) => (random: Random) => random.bernoulli(chance))
  return { what, options: PASS_FAIL, draws, best: chances.indexOf(Math.max(...chances)) }
}

interface Result {
  readonly winner: number | null
  readonly units: number
}

interface Arm {
  readonly name: string
  readonly value: number
  readonly variance: number
  readonly count: number
}

/** From what was seen, and what tracking would do, the shares until the next update. */
type Share = (arms: readonly Arm[], tracked: readonly number[], options: TrackAndStopOptions) => readonly number[]

const equally: Share = (arms) => arms.map(() => 1 / arms.length)
const byTracking: Share = (_arms, tracked) => tracked
const byTopTwo: Share = (arms, tracked, options) =>
  arms.some((arm) => arm.count < 30) ? tracked : shareByTopTwo(arms, options).weights

function runAll(given: Contest, { share, seed }: { share: Share; seed: number }, runs = EXPERIMENTS): Result[] {
  return Array.from({ length: runs }, (_none, run) => search(given, share, createRandom(seed + run)))
}

function search({ draws, options }: Contest, share: Share, random: Random): Result {
  const moments = draws.map(() => NO_MOMENTS)
  let weights: readonly number[] = draws.map(() => 1 / draws.length)
  for (let units = UNITS_PER_UPDATE; units <= MOST_UNITS; units += UNITS_PER_UPDATE) {
    for (let unit = 0; unit < UNITS_PER_UPDATE; unit += 1) {
      const arm = pick(weights, random)
      moments[arm] = addToMoments(moments[arm] ?? NO_MOMENTS, draws[arm]?.(random) ?? 0)
    }
    const arms = moments.map((own, index) => ({
      name: `${index}`,
      value: own.mean,
      variance: own.count < 2 ? 0 : sampleVariance(own),
      count: own.count,
    }))
    const decision = trackAndStop(arms, options)
    if (decision.type === 'stopped') return { winner: Number(decision.winner), units }
    weights = share(arms, decision.weights, options)
  }
  return { winner: null, units: MOST_UNITS }
}

function pick(weights: readonly number[], random: Random): number {
  let left = random.uniform()
  const arm = weights.findIndex((weight) => (left -= weight) < 0)
  return arm < 0 ? weights.length - 1 : arm
}

function compareLine({ given, uniform, adaptive }: { given: Contest; uniform: Result[]; adaptive: Result[] }): Line {
  const [own, equal] = [adaptive, uniform].map((runs) => median(runs.map(({ units }) => units))) as [number, number]
  const wrong = adaptive.filter(({ winner }) => winner !== null && winner !== given.best).length / adaptive.length
  const none = adaptive.filter(({ winner }) => winner === null).length / adaptive.length
  return {
    what: given.what,
    cells: [percent(wrong), percent(none), count(own), count(equal), percent(1 - own / equal)],
    holds: wrong <= DELTA && own < equal,
  }
}

function topTwoLine(given: Contest): Line {
  const seed = 4_000_000
  const line = compareLine({
    given,
    uniform: runAll(given, { share: equally, seed }),
    adaptive: runAll(given, { share: byTopTwo, seed }),
  })
  return { ...line, what: `top-two sharing: ${line.what}` }
}

/** Where all are equal no winner is right or wrong; that one is named at all is what delta bounds as well. */
function equalsLine(given: Contest): Line {
  const runs = runAll(given, { share: byTracking, seed: 4_900_000 })
  const named = runs.filter(({ winner }) => winner !== null).length / runs.length
  return { what: given.what, cells: [percent(named), percent(1 - named), '', '', ''], holds: named <= DELTA }
}
