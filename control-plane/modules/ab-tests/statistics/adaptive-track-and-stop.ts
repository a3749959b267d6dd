import {
  findLeader,
  prepareArms,
  weighRivals,
  type AdaptiveArm,
  type ArmOptions,
  type PreparedArm,
} from './adaptive-arms.ts'
import { allocateOptimally } from './adaptive-optimal-weights.ts'
import { stoppingThreshold, type StoppingPoint } from './adaptive-threshold.ts'

export interface TrackAndStopOptions extends ArmOptions {
  /** The chance of naming a wrong winner, in (0, 0.5]. Default 0.05. */
  readonly delta?: number
  /** A variant this close to the best may be named as well, in the unit of the means. Default 0. */
  readonly epsilon?: number
  /** The least share of any variant, 0.02 to 0.05; halved shares where there are many. Default 0.02. */
  readonly floor?: number
  /** Observations of every variant before anything is concluded, at least 30. Default 30. */
  readonly minPulls?: number
  readonly rule?: StoppingPoint['rule']
}

export type TrackAndStopDecision =
  | {
      /** Some variant has too few observations: equal shares. */
      readonly type: 'warming-up'
      readonly weights: readonly number[]
      readonly missing: readonly { readonly name: string; readonly pulls: number }[]
    }
  | ({ readonly type: 'exploring'; readonly leader: string } & Comparison)
  | ({ readonly type: 'stopped'; readonly winner: string } & Comparison)

interface Comparison {
  /** Shares of the traffic until the next update, in the order of the arms; they sum to 1. */
  readonly weights: readonly number[]
  /** Of the rival that is hardest to tell from the leader, in nats. */
  readonly evidence: number
  readonly threshold: number
  readonly hardestRival: string
  /** Observations that one nat of evidence costs; Infinity when there is nothing to tell apart. */
  readonly characteristicTime: number
}

/**
 * Finds the best variant with the fewest observations: says how to share the traffic until the next update, and when the
 * leader may be named with confidence 1 - delta. Pure: the same figures give the same answer.
 * @throws RangeError for options or figures out of range.
 */
export function trackAndStop(estimates: readonly AdaptiveArm[], options: TrackAndStopOptions): TrackAndStopDecision {
  const { delta = 0.05, epsilon = 0, floor = 0.02, minPulls = 30, rule = 'practical' } = options
  checkOptions({ delta, floor, minPulls })
  const arms = prepareArms(estimates, options)
  const missing = arms.filter(({ pulls }) => pulls < minPulls)
  if (missing.length > 0) {
    const weights = arms.map(() => 1 / arms.length)
    return { type: 'warming-up', weights, missing: missing.map(({ name, pulls }) => ({ name, pulls })) }
  }

  const leader = arms[findLeader(arms)]?.name ?? ''
  const { weights, characteristicTime } = allocateOptimally(arms, { epsilon, floor: floorFor(arms.length, floor) })
  const hardest = findHardest(arms, { delta, epsilon, rule })
  const comparison = { weights, characteristicTime, ...hardest }
  return hardest.evidence > hardest.threshold
    ? { type: 'stopped', winner: leader, ...comparison }
    : { type: 'exploring', leader, ...comparison }
}

/** The floor as asked for, or half of an equal share where the floors of many arms would leave nothing to allocate. */
export function floorFor(arms: number, floor: number): number {
  return Math.min(floor, 1 / (2 * arms))
}

const FLOOR_RANGE = { least: 0.02, most: 0.05 }
/** Below this the normal approximation that everything here rests on is not one. */
const LEAST_MIN_PULLS = 30

function checkOptions({ delta, floor, minPulls }: { delta: number; floor: number; minPulls: number }): void {
  if (!(delta > 0 && delta <= 0.5)) throw new RangeError('Delta is a chance above 0 and up to 0.5.')
  if (!(floor >= FLOOR_RANGE.least && floor <= FLOOR_RANGE.most)) {
    throw new RangeError('The least share of a variant is from 0.02 to 0.05.')
  }
  if (!Number.isSafeInteger(minPulls) || minPulls < LEAST_MIN_PULLS) {
    throw new RangeError('A variant needs 30 observations or more before anything is concluded.')
  }
}

type Rule = Pick<StoppingPoint, 'delta' | 'rule'> & { readonly epsilon: number }

/** Each rival has its own threshold: what counts is who is furthest from being told apart. */
function findHardest(arms: readonly PreparedArm[], { delta, epsilon, rule }: Rule) {
  const leaderPulls = arms[findLeader(arms)]?.pulls ?? 0
  const totalPulls = arms.reduce((sum, { pulls }) => sum + pulls, 0)
  const rivalries = weighRivals(arms, epsilon).map(({ rival, evidence }) => ({
    hardestRival: rival.name,
    evidence,
    threshold: stoppingThreshold({
      rule,
      delta,
      arms: arms.length,
      leaderPulls,
      rivalPulls: rival.pulls,
      totalPulls,
    }),
  }))
  return rivalries.reduce((hardest, rivalry) =>
    rivalry.evidence - rivalry.threshold < hardest.evidence - hardest.threshold ? rivalry : hardest,
  )
}
