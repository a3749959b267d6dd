import { countTokens, splitTokens } from './tokens.ts'

const DIMENSIONS = 256

/** A text, or tokens by their numbers. */
export type EmbeddingInput = string | readonly number[]

export interface EmbeddedInput {
  readonly vector: Float32Array
  readonly tokens: number
}

/** Embeds texts: unit vectors, the same for the same text, and closer the more words two texts share. */
export function embed(inputs: readonly EmbeddingInput[], dimensions = DIMENSIONS): EmbeddedInput[] {
  return inputs.map((input) => ({
    vector: toVector(input, dimensions),
    tokens: typeof input === 'string' ? countTokens(input) : input.length,
  }))
}

/** The sum of a fixed pseudo-random direction for each word, brought to length one. */
function toVector(input: EmbeddingInput, dimensions: number): Float32Array {
  const words =
    typeof input === 'string' ? splitTokens(input.toLowerCase()).map((word) => word.trim()) : input.map(String)
  const sum = new Float64Array(dimensions)
  for (const word of words) addDirection(sum, hash(word))
  const length = Math.hypot(...sum)
  return Float32Array.from(sum, (value) => value / length)
}

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/). */
function hash(word: string): number {
  let state = 0x811c9dc5
  for (let at = 0; at < word.length; at += 1) state = Math.imul(state ^ word.charCodeAt(at), 0x01000193)
  return state >>> 0
}

/** Mulberry32, a small generator of even numbers from a 32-bit seed. */
function addDirection(sum: Float64Array, seed: number): void {
  let state = seed
  for (let at = 0; at < sum.length; at += 1) {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    sum[at] = (sum[at] ?? 0) + ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1
  }
}
