import type { ModelSketch, WorldSketch } from './routing-world.ts'

/** A set of candidates, which of them is chosen, and the sentence that says why. */
export interface ChoiceCase {
  readonly set: string
  readonly models: readonly ModelSketch[]
  readonly ask?: object
  readonly world?: Partial<WorldSketch>
  readonly chosen: string
  readonly reason: string
}

/**
 * Qualities are those of very many scores. A call of `ASK` has an expected answer of 400 tokens, and prices are charged
 * with a markup of a quarter.
 */
export const best: ModelSketch = { id: 'best', quality: 0.9, price: [5, 25] }
export const good: ModelSketch = { id: 'good', quality: 0.82, price: [1, 5] }
export const fair: ModelSketch = { id: 'fair', quality: 0.7, price: [0.4, 1.6] }
export const poor: ModelSketch = { id: 'poor', quality: 0.5, price: [0.05, 0.2] }
export const all = [best, good, fair, poor]

export const fast = (sketch: ModelSketch, firstTokenP50Ms: number): ModelSketch => ({
  ...sketch,
  health: { firstTokenP50Ms, firstTokenP95Ms: 3 * firstTokenP50Ms },
})

export const SCORES = 'by 5000000 of your own scores'
