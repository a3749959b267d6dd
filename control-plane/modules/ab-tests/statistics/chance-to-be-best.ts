import { normalCdf, normalDensity } from './normal.ts'

/** What is believed of one arm's metric: normal. */
export interface NormalBelief {
  mean: number
  /** Above 0. */
  deviation: number
}

/** Beyond so many deviations a normal density adds nothing to a double. */
const REACH = 8.5
/** Even, for Simpson's rule. */
const STEPS_PER_PIECE = 12

/**
 * The chance of each arm to have the largest mean, the arms being independent: ∫ φ_k(x)·Π_{i≠k} Φ_i(x) dx.
 *
 * Integrated by Simpson's rule between points that are dense where any arm's density or distribution bends, so that arms
 * of very different spread are right too.
 *
 * @returns chances that add up to 1, in the order of the arms
 */
export function chanceToBeBest(arms: readonly NormalBelief[]): number[] {
  const knots = [...new Set(arms.flatMap(knotsOf))].sort((a, b) => a - b)
  const areas = arms.map(() => 0)
  for (const [index, to] of knots.entries()) {
    if (index > 0) addPiece(areas, arms, { from: knots[index - 1] ?? to, to })
  }
  const total = areas.reduce((sum, area) => sum + area, 0)
  return areas.map((area) => area / total)
}

/** Every half deviation within reach of the mean. */
function knotsOf({ mean, deviation }: NormalBelief): number[] {
  return Array.from({ length: 4 * REACH + 1 }, (_, index) => mean + (index / 2 - REACH) * deviation)
}

function addPiece(areas: number[], arms: readonly NormalBelief[], { from, to }: { from: number; to: number }): void {
  const width = (to - from) / STEPS_PER_PIECE
  for (let step = 0; step <= STEPS_PER_PIECE; step++) {
    const inside = step % 2 === 0 ? 2 : 4
    const weight = (width / 3) * (step === 0 || step === STEPS_PER_PIECE ? 1 : inside)
    for (const [arm, density] of densitiesOfBest(arms, from + step * width).entries()) {
      areas[arm] = (areas[arm] ?? 0) + weight * density
    }
  }
}

/** Per arm: its density at x times the chance that all others are below x. */
function densitiesOfBest(arms: readonly NormalBelief[], x: number): number[] {
  const below = arms.map(({ mean, deviation }) => normalCdf((x - mean) / deviation))
  return arms.map(({ mean, deviation }, best) => {
    const othersBelow = below.reduce((product, chance, index) => (index === best ? product : product * chance), 1)
    return (normalDensity((x - mean) / deviation) / deviation) * othersBelow
  })
}
