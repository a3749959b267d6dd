import { prepareArms, type AdaptiveArm, type ArmOptions, type PreparedArm } from './adaptive-arms.ts'
import { floorFor } from './adaptive-track-and-stop.ts'
import { chanceToBeBest } from './chance-to-be-best.ts'

export interface TopTwoOptions extends ArmOptions {
  /**
   * Who gets the traffic. `thompson`: each variant as often as it may be the best, to earn while learning. `top-two`: half of
   * that to its closest challenger (T3C). `information`: as top-two, but shared by whose mean is known worse. Default top-two.
   */
  readonly sharing?: 'thompson' | 'top-two' | 'information'
  /** The least share of any variant, 0 to 0.05. Default 0.02. */
  readonly floor?: number
}

/**
 * The chance of each variant to be the best, and the traffic weights that follow from it, in the order of the arms.
 * Both sum to 1. Nothing is drawn: the integrals are computed, so the same figures give the same weights.
 * Russo, "Simple Bayesian algorithms for best-arm identification", 2016; T3C: Shang et al., arXiv 1910.10945, 2020;
 * sharing by information: Qin and You, arXiv 2310.19319.
 * @throws RangeError for figures out of range, or an arm without an observation.
 */
export function shareByTopTwo(
  estimates: readonly AdaptiveArm[],
  options: TopTwoOptions,
): { readonly weights: readonly number[]; readonly chancesToBeBest: readonly number[] } {
  const { sharing = 'top-two', floor = 0.02 } = options
  if (!(floor >= 0 && floor <= 0.05)) throw new RangeError('The least share of a variant is from 0 to 0.05.')
  const arms = prepareArms(estimates, options)
  if (arms.some(({ pulls }) => pulls === 0)) throw new RangeError('An arm without an observation has no posterior.')
  const chancesToBeBest = chancesOf(arms)
  const wanted = sharing === 'thompson' ? chancesToBeBest : challenge(arms, { chances: chancesToBeBest, sharing })
  const least = floorFor(arms.length, floor)
  const weights = wanted.map((weight) => least + (1 - least * arms.length) * weight)
  return { weights: normalize(weights), chancesToBeBest }
}

/** Where nothing is uncertain the best share the chance. */
function chancesOf(arms: readonly PreparedArm[]): number[] {
  const best = Math.max(...arms.map(({ merit }) => merit))
  if (arms.every(({ variance }) => variance === 0)) {
    return normalize(arms.map(({ merit }) => (merit === best ? 1 : 0)))
  }
  return chanceToBeBest(
    arms.map(({ merit, variance, pulls }) => ({ mean: merit, deviation: Math.sqrt(variance / pulls) })),
  )
}

interface Challenge {
  readonly chances: readonly number[]
  readonly sharing: 'top-two' | 'information'
}

/** Each variant leads as often as it may be the best, and gives a part of that traffic to its challengers. */
function challenge(arms: readonly PreparedArm[], { chances, sharing }: Challenge): number[] {
  const weights = arms.map(() => 0)
  const give = (index: number, share: number): void => {
    weights[index] = (weights[index] ?? 0) + share
  }
  for (const [leader, arm] of arms.entries()) {
    const challengers = closestChallengers(arms, leader)
    const chance = (chances[leader] ?? 0) / challengers.length
    for (const { index, arm: challenger } of challengers) {
      const kept = sharing === 'top-two' ? 1 / 2 : informationShare(arm, challenger)
      give(leader, chance * kept)
      give(index, chance * (1 - kept))
    }
  }
  return weights
}

/** The rivals that are cheapest to mistake for better than this arm: all that already look better, or else the closest. */
function closestChallengers(arms: readonly PreparedArm[], leader: number) {
  const rivals = arms.map((arm, index) => ({ arm, index, cost: costOfConfusion(arms[leader] ?? arm, arm) }))
  const others = rivals.filter(({ index }) => index !== leader)
  const least = Math.min(...others.map(({ cost }) => cost))
  return others.filter(({ cost }) => cost === least)
}

function costOfConfusion(leader: PreparedArm, rival: PreparedArm): number {
  const gap = leader.merit - rival.merit
  if (gap <= 0) return 0
  return gap ** 2 / (leader.variance / leader.pulls + rival.variance / rival.pulls)
}

function informationShare(leader: PreparedArm, challenger: PreparedArm): number {
  const [own, other] = [leader.variance / leader.pulls, challenger.variance / challenger.pulls]
  return own + other > 0 ? own / (own + other) : 1 / 2
}

function normalize(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}
