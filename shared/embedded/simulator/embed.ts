import type { EmbeddingRequest } from './chat-request.ts'
import { countTokens, splitTokens } from './tokens.ts'

const DIMENSIONS = 256

/** Answers an embeddings request: unit vectors, the same for the same text, and closer the more words two texts share. */
export function embed(request: EmbeddingRequest): object {
  const inputs = toInputs(request.input)
  const dimensions = request.dimensions ?? DIMENSIONS
  const tokens = inputs.reduce((sum, input) => sum + (typeof input === 'string' ? countTokens(input) : input.length), 0)
  return {
    object: 'list',
    data: inputs.map((input, index) => ({
      object: 'embedding',
      index,
      embedding: encode(toVector(input, dimensions), request.encoding_format),
    })),
    model: request.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  }
}

function toInputs(input: EmbeddingRequest['input']): (string | number[])[] {
  if (typeof input === 'string') return [input]
  return input.every((item) => typeof item === 'number') ? [input] : input
}

/** The sum of a fixed pseudo-random direction for each word, brought to length one. */
function toVector(input: string | number[], dimensions: number): Float32Array {
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

/** The official clients ask for base64: 32-bit floats, little-endian. */
function encode(vector: Float32Array, format: EmbeddingRequest['encoding_format']): number[] | string {
  if (format !== 'base64') return [...vector]
  const bytes = Buffer.alloc(vector.length * 4)
  vector.forEach((value, index) => bytes.writeFloatLE(value, index * 4))
  return bytes.toString('base64')
}
