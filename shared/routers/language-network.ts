import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/**
 * `lande`'s network, asked differently. The package multiplies all 620 inputs with all weights, which takes it a fifth of
 * a millisecond; but in a text of two sentences a hundred of its n-grams occur, and nothing else adds to the sums. The
 * n-grams are found by walking a tree of characters. A test holds its answers equal to the package's own.
 *
 * The weights are read from the package's files, which it does not export: its version is pinned.
 */
export interface LanguageNetwork {
  /** @returns the likeliest language (ISO 639-3) and its probability; null: fewer letters than asked for */
  infer(text: string, fewestLetters: number): { readonly code: string; readonly confidence: number } | null
}

/** @throws Error when the package is not as it was */
export function loadLanguageNetwork(): LanguageNetwork {
  const { codes, ngrams, hidden, output } = readPackage()
  const counter = new NgramCounter(ngrams)
  const awake = new SparseVector(hidden.size)
  return {
    infer(text, fewestLetters) {
      const normal = normalise(text)
      // A space stands at each end.
      if (normal.length - 2 < fewestLetters) return null
      const sums = hidden.add(counter.count(normal))
      awake.clear()
      for (let index = 0; index < hidden.size; index += 1) {
        const sum = sums[index] ?? 0
        if (sum > 0) awake.push(index, sum)
      }
      return likeliest(output.add(awake), codes)
    },
  }
}

/** As the package does before it counts: letters, with one space between words. */
function normalise(text: string): string {
  const words = text
    .replace(/-+/g, ' ')
    .replace(/[^\p{L}\p{M}\s]/gu, '')
    .replace(/\s{2,}/g, ' ')
  return ` ${words.toLowerCase().trim()} `
}

/** Inputs are added four at a time: half as many loads and stores. */
const BLOCK = 4

/** The few inputs that are not zero. */
class SparseVector {
  readonly indices: Uint16Array
  readonly values: Float64Array
  count = 0

  constructor(size: number) {
    this.indices = new Uint16Array(size + BLOCK)
    this.values = new Float64Array(size + BLOCK)
  }

  clear(): void {
    this.count = 0
  }

  push(index: number, value: number): void {
    this.indices[this.count] = index
    this.values[this.count] = value
    this.count += 1
  }
}

class Layer {
  readonly size: number
  readonly #biases: Float64Array
  /** Those of one input after the other. */
  readonly #weights: Float64Array
  readonly #sums: Float64Array

  /** @param filters of each output its weights by input */
  constructor(biases: Float64Array, filters: readonly Float64Array[]) {
    this.size = biases.length
    this.#biases = biases
    this.#sums = new Float64Array(this.size)
    this.#weights = new Float64Array(this.size * (filters[0]?.length ?? 0))
    for (const [output, filter] of filters.entries()) {
      for (const [input, weight] of filter.entries()) this.#weights[input * this.size + output] = weight
    }
  }

  /** @returns the biases and the weighted inputs; good until the next call */
  add(inputs: SparseVector): Float64Array {
    this.#sums.set(this.#biases)
    // Zero times the first input fills the last block.
    while (inputs.count % BLOCK > 0) inputs.push(0, 0)
    for (let at = 0; at < inputs.count; at += BLOCK) this.#addBlock(inputs, at)
    return this.#sums
  }

  #addBlock({ indices, values }: SparseVector, at: number): void {
    const sums = this.#sums
    const weights = this.#weights
    const size = this.size
    const first = (indices[at] ?? 0) * size
    const second = (indices[at + 1] ?? 0) * size
    const third = (indices[at + 2] ?? 0) * size
    const fourth = (indices[at + 3] ?? 0) * size
    const firstValue = values[at] ?? 0
    const secondValue = values[at + 1] ?? 0
    const thirdValue = values[at + 2] ?? 0
    const fourthValue = values[at + 3] ?? 0
    for (let output = 0; output < size; output += 1) {
      sums[output] =
        (sums[output] ?? 0) +
        firstValue * (weights[first + output] ?? 0) +
        secondValue * (weights[second + output] ?? 0) +
        thirdValue * (weights[third + output] ?? 0) +
        fourthValue * (weights[fourth + output] ?? 0)
    }
  }
}

const UNITS = 65_536
const LONGEST_NGRAM = 4

/** Finds n-grams of up to four UTF-16 units in a tree whose edges are the units that occur in any. */
class NgramCounter {
  /** 0: in no n-gram. */
  readonly #letterOf = new Uint8Array(UNITS)
  readonly #letters: number
  /** Of each node its child by letter; 0: none. */
  readonly #children: Uint16Array
  /** Of each node the n-gram that ends there, counted from 1; 0: none. */
  readonly #endOf: Uint16Array
  readonly #lengths: Uint8Array
  readonly #counts: Uint16Array
  readonly #found: SparseVector

  constructor(ngrams: readonly string[]) {
    const units = new Set(ngrams.join('').split(''))
    for (const [index, unit] of [...units].entries()) this.#letterOf[unit.charCodeAt(0)] = index + 1
    this.#letters = units.size + 1
    const most = 1 + ngrams.length * LONGEST_NGRAM
    this.#children = new Uint16Array(most * this.#letters)
    this.#endOf = new Uint16Array(most)
    this.#lengths = Uint8Array.from(ngrams, ({ length }) => length)
    this.#counts = new Uint16Array(ngrams.length)
    this.#found = new SparseVector(ngrams.length)
    let nodes = 1
    for (const [index, ngram] of ngrams.entries()) {
      let node = 0
      for (const unit of ngram.split('')) {
        const edge = node * this.#letters + (this.#letterOf[unit.charCodeAt(0)] ?? 0)
        if (this.#children[edge] === 0) this.#children[edge] = nodes++
        node = this.#children[edge] ?? 0
      }
      this.#endOf[node] = index + 1
    }
  }

  /** @returns of each n-gram that occurs its share of all of its length; good until the next call */
  count(text: string): SparseVector {
    const found = this.#found
    found.clear()
    for (let start = 0; start < text.length; start += 1) this.#walk(text, start)
    for (let at = 0; at < found.count; at += 1) {
      const ngram = found.indices[at] ?? 0
      found.values[at] = (this.#counts[ngram] ?? 0) / (text.length - (this.#lengths[ngram] ?? 0) + 1)
      this.#counts[ngram] = 0
    }
    return found
  }

  #walk(text: string, start: number): void {
    const end = Math.min(text.length, start + LONGEST_NGRAM)
    let node = 0
    for (let at = start; at < end; at += 1) {
      const letter = this.#letterOf[text.charCodeAt(at)] ?? 0
      node = letter === 0 ? 0 : (this.#children[node * this.#letters + letter] ?? 0)
      if (node === 0) return
      const ngram = (this.#endOf[node] ?? 0) - 1
      if (ngram < 0) continue
      const before = this.#counts[ngram] ?? 0
      if (before === 0) this.#found.push(ngram, 0)
      this.#counts[ngram] = before + 1
    }
  }
}

function likeliest(scores: Float64Array, codes: readonly string[]): { code: string; confidence: number } {
  let best = 0
  for (let index = 1; index < scores.length; index += 1) if ((scores[index] ?? 0) > (scores[best] ?? 0)) best = index
  const highest = scores[best] ?? 0
  let sum = 0
  for (let index = 0; index < scores.length; index += 1) sum += Math.exp((scores[index] ?? 0) - highest)
  return { code: codes[best] ?? '', confidence: 1 / sum }
}

interface NetworkPackage {
  readonly codes: readonly string[]
  readonly ngrams: readonly string[]
  readonly hidden: Layer
  readonly output: Layer
}

/** Input, dense, rectifier, dense, softmax. */
interface PackedNetwork {
  readonly layers: readonly [unknown, PackedLayer, unknown, PackedLayer, unknown]
}

interface PackedLayer {
  readonly _biases: string
  readonly _filters: readonly string[]
}

function readPackage(): NetworkPackage {
  const require = createRequire(import.meta.url)
  const folder = dirname(require.resolve('lande'))
  const read = (name: string): unknown => (require(join(folder, name)) as { default: unknown }).default
  const { layers } = read('t50-options.js') as PackedNetwork
  const ngrams = read('t50-ngrams.js') as Readonly<Record<string, readonly string[]>>
  const [, hidden, , output] = layers
  return {
    codes: read('t50-langs.js') as readonly string[],
    ngrams: ['unigrams', 'bigrams', 'trigrams', 'quadgrams'].flatMap((length) => ngrams[length] ?? []),
    hidden: unpackLayer(hidden),
    output: unpackLayer(output),
  }
}

function unpackLayer({ _biases: biases, _filters: filters }: PackedLayer): Layer {
  return new Layer(unpack(biases), filters.map(unpack))
}

/** A digit for the width, the scale, a bar, and base64 of bytes: 127 is zero. */
function unpack(packed: string): Float64Array {
  const bar = packed.indexOf('|')
  if (!packed.startsWith('1') || bar < 0) throw new Error('the weights of lande are not packed as they were')
  const scale = Number(packed.slice(1, bar))
  return Float64Array.from(Buffer.from(packed.slice(bar + 1), 'base64'), (byte) => (byte - 127) / scale)
}
