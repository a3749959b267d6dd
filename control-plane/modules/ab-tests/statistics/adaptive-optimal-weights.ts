import { findLeader, type PreparedArm } from './adaptive-arms.ts'

export interface AllocationLimits {
  /** Differences up to this do not matter, in the unit of the values; >= 0. */
  readonly epsilon: number
  /** The least share of the traffic that any arm gets, from 0 to 1 / arms. */
  readonly floor: number
}

export interface OptimalAllocation {
  /** Shares of the traffic in the order of the arms; they sum to 1. */
  readonly weights: readonly number[]
  /** Observations that one nat of evidence costs at these weights: about this times ln(1 / delta) until the stop. */
  readonly characteristicTime: number
}

/**
 * The traffic weights that tell the leader from every rival soonest: the largest
 *   min over rivals a of  (gap_a² / 2) / (v_L / w_L + v_a / w_a),  every w at least the floor.
 * For a share w_L of the leader, the rivals' shares follow from the rate that all of them reach, which bisection finds;
 * that rate is concave in w_L, so a golden-section search finds the best share.
 * Garivier and Kaufmann, "Optimal best arm identification with fixed confidence", COLT 2016.
 * @param arms with a positive variance each, or no variance at all: then all get the same.
 * @throws RangeError for a floor that leaves no room or a negative epsilon.
 */
export function allocateOptimally(
  arms: readonly PreparedArm[],
  { epsilon, floor }: AllocationLimits,
): OptimalAllocation {
  if (!(floor >= 0 && floor * arms.length <= 1)) throw new RangeError('The floors of all arms must fit into 1.')
  if (!(epsilon >= 0 && Number.isFinite(epsilon))) throw new RangeError('Epsilon is a number from 0.')
  const leaderIndex = findLeader(arms)
  const { problem, scale } = stateProblem(arms, { leaderIndex, epsilon, floor })
  if (problem === undefined) return { weights: arms.map(() => 1 / arms.length), characteristicTime: Infinity }

  const most = 1 - floor * (arms.length - 1)
  const share = findMaximum((candidate) => reachableRate(problem, candidate), { low: floor, high: most })
  const rate = reachableRate(problem, share)
  const rivalShares = problem.rivals.map((rival) => shareFor(problem, rival, { share, rate }))
  const weights = rivalShares.toSpliced(leaderIndex, 0, share)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return { weights: weights.map((weight) => weight / total), characteristicTime: 1 / (rate * scale) }
}

/** Golden section and bisection end far below what a share of traffic can mean. */
const SEARCH_STEPS = 45
const BISECTION_STEPS = 60
const GOLDEN = (Math.sqrt(5) - 1) / 2
/** A rival that ties with the leader is a millionth of the largest gap away: it takes all there is to give, and no more. */
const LEAST_GAP = 1e-6

interface Rival {
  /** gap² / 2, scaled. */
  readonly ease: number
  readonly variance: number
}

interface Problem {
  readonly leaderVariance: number
  readonly rivals: readonly Rival[]
  readonly floor: number
}

/** Gaps and variances as parts of the largest: the weights do not depend on units, and squares cannot overflow. */
function stateProblem(
  arms: readonly PreparedArm[],
  { leaderIndex, epsilon, floor }: AllocationLimits & { readonly leaderIndex: number },
): { problem?: Problem; scale: number } {
  const leader = arms[leaderIndex]
  const widest = Math.max(...arms.map(({ variance }) => variance))
  if (leader === undefined || widest === 0) return { scale: 0 }
  const others = arms.filter((arm) => arm !== leader)
  const gaps = others.map(({ merit }) => leader.merit - merit + epsilon)
  const largest = Math.max(...gaps)
  const rivals = others.map(({ variance }, index) => {
    const gap = largest === 0 ? 1 : Math.max((gaps[index] ?? 0) / largest, LEAST_GAP)
    return { ease: gap ** 2 / 2, variance: variance / widest }
  })
  return { problem: { leaderVariance: leader.variance / widest, rivals, floor }, scale: largest ** 2 / widest }
}

/** The largest rate of evidence that every rival reaches when the leader has this share and all shares sum to 1. */
function reachableRate(problem: Problem, share: number): number {
  const { leaderVariance, rivals } = problem
  let low = 0
  let high = Math.min(...rivals.map(({ ease }) => (ease * share) / leaderVariance))
  for (let step = 0; step < BISECTION_STEPS; step += 1) {
    const rate = (low + high) / 2
    const needed = rivals.reduce((sum, rival) => sum + shareFor(problem, rival, { share, rate }), share)
    if (needed > 1) high = rate
    else low = rate
  }
  return low
}

function shareFor({ leaderVariance, floor }: Problem, rival: Rival, at: { share: number; rate: number }): number {
  const room = rival.ease / at.rate - leaderVariance / at.share
  return room > 0 ? Math.max(floor, rival.variance / room) : Infinity
}

function findMaximum(value: (at: number) => number, { low, high }: { low: number; high: number }): number {
  let [from, to] = [low, high]
  let [left, right] = [to - GOLDEN * (to - from), from + GOLDEN * (to - from)]
  let [leftValue, rightValue] = [value(left), value(right)]
  for (let step = 0; step < SEARCH_STEPS; step += 1) {
    if (leftValue < rightValue) {
      ;[from, left, leftValue] = [left, right, rightValue]
      right = from + GOLDEN * (to - from)
      rightValue = value(right)
    } else {
      ;[to, right, rightValue] = [right, left, leftValue]
      left = to - GOLDEN * (to - from)
      leftValue = value(left)
    }
  }
  return (from + to) / 2
}
