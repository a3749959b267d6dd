import type { ArmEstimate } from './estimators.ts'

/** A variant, with what has been seen of it on the metric that decides about its traffic. */
export interface AdaptiveArm extends Readonly<ArmEstimate> {
  readonly name: string
}

export interface ArmOptions {
  /** Decides the least variance that an arm is believed to have: ten successes in ten are not certainty. */
  readonly scale: 'pass-fail' | 'unit-interval' | 'unbounded'
  readonly direction: 'maximize' | 'minimize'
}

/** An arm whose variance is safe to divide by. */
export interface PreparedArm {
  readonly name: string
  /** The value, turned so that higher is better. */
  readonly merit: number
  /** Of one unit. */
  readonly variance: number
  /** Units seen. */
  readonly pulls: number
}

/** How well the data tell the leader from one rival: the generalised likelihood ratio, in nats. */
export interface Rivalry {
  readonly rival: PreparedArm
  readonly evidence: number
}

/**
 * Turns what was seen into what the allocation computes with: higher is better, no variance below its floor.
 * Every variance is 0 only where no arm has shown any and the scale has no floor of its own.
 * @throws RangeError for fewer than two arms, or figures that no sample can have.
 */
export function prepareArms(arms: readonly AdaptiveArm[], { scale, direction }: ArmOptions): PreparedArm[] {
  if (arms.length < 2) throw new RangeError('An allocation needs at least two arms.')
  for (const arm of arms) checkArm(arm, scale)
  const widest = Math.max(...arms.map(({ variance }) => variance))
  const sign = direction === 'maximize' ? 1 : -1
  return arms.map(({ name, value, variance, count }) => ({
    name,
    merit: sign * value,
    variance: Math.max(variance, varianceFloor(scale, { value, count, widest })),
    pulls: count,
  }))
}

/** The arm with the best merit; of equals the one whose merit is known worst, because it has most to tell. */
export function findLeader(arms: readonly PreparedArm[]): number {
  return arms.reduce((best, arm, index) => {
    const leader = arms[best] ?? arm
    if (arm.merit !== leader.merit) return arm.merit > leader.merit ? index : best
    return arm.variance / arm.pulls > leader.variance / leader.pulls ? index : best
  }, 0)
}

/**
 * gap² / (2 (v_L / n_L + v_a / n_a)) for each rival a of the leader L, gap = merit_L - merit_a + epsilon.
 * Garivier and Kaufmann, "Optimal best arm identification with fixed confidence", COLT 2016.
 */
export function weighRivals(arms: readonly PreparedArm[], epsilon: number): Rivalry[] {
  const leader = arms[findLeader(arms)]
  if (leader === undefined) return []
  return arms
    .filter((arm) => arm !== leader)
    .map((rival) => {
      const gap = leader.merit - rival.merit + epsilon
      const spread = 2 * (leader.variance / leader.pulls + rival.variance / rival.pulls)
      // Without a gap nothing is told; without any variance nothing can be.
      return { rival, evidence: gap === 0 || !(spread > 0) ? 0 : (gap / Math.sqrt(spread)) ** 2 }
    })
}

function checkArm({ name, value, variance, count }: AdaptiveArm, scale: ArmOptions['scale']): void {
  const inRange = scale === 'unbounded' ? Number.isFinite(value) : value >= 0 && value <= 1
  if (!inRange) throw new RangeError(`The value of arm ${name} is not on its scale.`)
  if (!Number.isFinite(variance) || variance < 0) throw new RangeError(`The variance of arm ${name} is not one.`)
  if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`The units of arm ${name} are not a count.`)
}

interface Seen {
  readonly value: number
  readonly count: number
  /** The largest variance of any arm. */
  readonly widest: number
}

function varianceFloor(scale: ArmOptions['scale'], { value, count, widest }: Seen): number {
  switch (scale) {
    case 'pass-fail': {
      // Laplace's rule: as if one more had passed and one more had failed.
      const rate = (value * count + 1) / (count + 2)
      return rate * (1 - rate)
    }
    case 'unit-interval':
      return 1 / (count + 2) ** 2
    case 'unbounded':
      return widest / (count + 2)
    default:
      return scale satisfies never
  }
}
