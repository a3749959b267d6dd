import { prepareArms, type AdaptiveArm, type ArmOptions, type PreparedArm } from './adaptive-arms.ts'
import { floorFor } from './adaptive-track-and-stop.ts'
import { normalCdf, normalDensity } from './normal.ts'

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
  const posteriors = arms.map(({ merit, variance, pulls }) => ({ mean: merit, sd: Math.sqrt(variance / pulls) }))
  const chancesToBeBest = chancesOfBest(posteriors)
  const wanted = sharing === 'thompson' ? chancesToBeBest : challenge(arms, { chances: chancesToBeBest, sharing })
  const least = floorFor(arms.length, floor)
  const weights = wanted.map((weight) => least + (1 - least * arms.length) * weight)
  return { weights: normalize(weights), chancesToBeBest }
}

export interface NormalPosterior {
  readonly mean: number
  readonly sd: number
}

/**
 * The chance of each of independent normal variables to be the largest: the integral of its density times the others'
 * distribution functions, by Gauss and Legendre between breakpoints that follow every variable's own spread.
 * Where no variable has any spread, the largest share the chance.
 * @throws RangeError where some have a spread and others none.
 */
export function chancesOfBest(posteriors: readonly NormalPosterior[]): number[] {
  if (posteriors.every(({ sd }) => sd === 0)) return shareTies(posteriors.map(({ mean }) => mean))
  if (posteriors.some(({ sd }) => !(sd > 0))) throw new RangeError('Every posterior needs a spread.')
  const chances = posteriors.map(() => 0)
  const breaks = breakpoints(posteriors)
  for (const [index, from] of breaks.slice(0, -1).entries()) {
    addSegment(chances, { from, to: breaks[index + 1] ?? from, posteriors })
  }
  return normalize(chances)
}

/** Breakpoints in standard deviations from a mean; beyond 10 a normal density is 0 for every purpose. */
const REACH = [-10, -8, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 8, 10]
const { nodes: NODES, weights: NODE_WEIGHTS } = gaussLegendre(16)

function breakpoints(posteriors: readonly NormalPosterior[]): number[] {
  const points = posteriors.flatMap(({ mean, sd }) => REACH.map((reach) => mean + reach * sd))
  return [...new Set(points)].toSorted((a, b) => a - b)
}

interface Segment {
  readonly from: number
  readonly to: number
  readonly posteriors: readonly NormalPosterior[]
}

function addSegment(chances: number[], { from, to, posteriors }: Segment): void {
  const half = (to - from) / 2
  for (const [index, node] of NODES.entries()) {
    const at = from + half * (1 + node)
    const weight = half * (NODE_WEIGHTS[index] ?? 0)
    const below = posteriors.map(({ mean, sd }) => normalCdf((at - mean) / sd))
    for (const [arm, { mean, sd }] of posteriors.entries()) {
      const others = below.reduce((product, chance, other) => (other === arm ? product : product * chance), 1)
      chances[arm] = (chances[arm] ?? 0) + ((weight * normalDensity((at - mean) / sd)) / sd) * others
    }
  }
}

function shareTies(means: readonly number[]): number[] {
  const best = Math.max(...means)
  return normalize(means.map((mean) => (mean === best ? 1 : 0)))
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

/** Nodes and weights on [-1, 1]: the roots of the Legendre polynomial by Newton's method. */
function gaussLegendre(count: number): { nodes: number[]; weights: number[] } {
  const roots = Array.from({ length: count }, (_none, index) => {
    let root = Math.cos((Math.PI * (index + 0.75)) / (count + 0.5))
    for (let step = 0; step < 8; step += 1) {
      const { value, slope } = legendre(count, root)
      root -= value / slope
    }
    return { root, slope: legendre(count, root).slope }
  })
  return {
    nodes: roots.map(({ root }) => root),
    weights: roots.map(({ root, slope }) => 2 / ((1 - root ** 2) * slope ** 2)),
  }
}

function legendre(degree: number, at: number): { value: number; slope: number } {
  let [before, value] = [1, at]
  for (let n = 2; n <= degree; n += 1) {
    ;[before, value] = [value, ((2 * n - 1) * at * value - (n - 1) * before) / n]
  }
  return { value, slope: (degree * (at * value - before)) / (at ** 2 - 1) }
}
