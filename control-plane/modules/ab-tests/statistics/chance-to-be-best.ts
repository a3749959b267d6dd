import { normalCdf, normalDensity } from './normal.ts'

/** What is believed of one arm's metric: normal. */
export interface NormalBelief {
  mean: number
  /** Above 0. */
  deviation: number
}

const REACH = 8.5
const STEPS_PER_PIECE = 24

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
  const chances = arms.map((_, index) => integrate(knots, (x) => densityOfBest(arms, index, x)))
  const total = chances.reduce((sum, chance) => sum + chance, 0)
  return chances.map((chance) => chance / total)
}

/** Every half deviation within reach of the mean. */
function knotsOf({ mean, deviation }: NormalBelief): number[] {
  return Array.from({ length: 4 * REACH + 1 }, (_, index) => mean + (index / 2 - REACH) * deviation)
}

function densityOfBest(arms: readonly NormalBelief[], best: number, x: number): number {
  return arms.reduce((product, { mean, deviation }, index) => {
    const z = (x - mean) / deviation
    return product * (index === best ? normalDensity(z) / deviation : normalCdf(z))
  }, 1)
}

function integrate(knots: readonly number[], evaluate: (x: number) => number): number {
  return knots.reduce((sum, to, index) => sum + (index === 0 ? 0 : simpson(evaluate, knots[index - 1] ?? to, to)), 0)
}

function simpson(evaluate: (x: number) => number, from: number, to: number): number {
  const width = (to - from) / STEPS_PER_PIECE
  let sum = evaluate(from) + evaluate(to)
  for (let step = 1; step < STEPS_PER_PIECE; step++) sum += (step % 2 === 0 ? 2 : 4) * evaluate(from + step * width)
  return (sum * width) / 3
}
