/**
 * How many n-grams of a text stand in its references as well, for each order up to the highest. An n-gram counts as often
 * as in the text, and no more often than in the reference that has most of it (clipping).
 *
 * N-grams are told apart by names: equal n-grams of order n have equal names, and the name of an n-gram of order n + 1
 * comes of its first n symbols' name and its last symbol, by counting sort. So the work is the length times the order
 * whatever the texts, and no hash can be made to collide.
 *
 * @param candidate words, or code points
 * @param references at least one
 * @returns the count of order n at index n - 1
 */
export function matchedNgrams<Unit>(
  candidate: readonly Unit[],
  references: readonly (readonly Unit[])[],
  highestOrder: number,
): number[] {
  const text = joinSequences([candidate, ...references])
  let naming: Naming = { names: text.symbols, size: text.alphabetSize }
  const matched: number[] = []
  for (let order = 1; order <= highestOrder; order += 1) {
    if (order > 1) naming = lengthen(text, naming, order)
    matched.push(countMatches(text, naming))
  }
  return matched
}

/** How many n-grams a sequence of so many symbols has. */
export function ngramCount(length: number, order: number): number {
  return Math.max(0, length - order + 1)
}

/** Several sequences in one, each symbol a number from 0 on. */
interface JoinedText {
  readonly symbols: Int32Array
  readonly alphabetSize: number
  /** Which sequence each position belongs to. */
  readonly sequences: Int32Array
  readonly sequenceCount: number
  /** All positions, ordered by their symbols. */
  readonly bySymbol: Int32Array
}

/** The name of the n-gram that begins at each position, -1 where the sequence ends before it does. */
interface Naming {
  readonly names: Int32Array
  readonly size: number
}

function joinSequences<Unit>(sequences: readonly (readonly Unit[])[]): JoinedText {
  const length = sequences.reduce((sum, sequence) => sum + sequence.length, 0)
  const symbols = new Int32Array(length)
  const owners = new Int32Array(length)
  const alphabet = new Map<Unit, number>()
  let position = 0
  for (const [owner, sequence] of sequences.entries()) {
    for (const unit of sequence) {
      const symbol = alphabet.get(unit) ?? alphabet.size
      alphabet.set(unit, symbol)
      symbols[position] = symbol
      owners[position] = owner
      position += 1
    }
  }
  const positions = Int32Array.from({ length }, (_, index) => index)
  const bySymbol = sortByName(positions, { names: symbols, size: alphabet.size })
  return { symbols, alphabetSize: alphabet.size, sequences: owners, sequenceCount: sequences.length, bySymbol }
}

function lengthen(text: JoinedText, shorter: Naming, order: number): Naming {
  const { symbols } = text
  const offset = order - 1
  const names = new Int32Array(symbols.length).fill(-1)
  let size = 0
  let previousName = -1
  let previousSymbol = -1
  // Ordered by the last symbol, then stably by the name of what is before it: equal n-grams are neighbours.
  const starts = sortByName(startsOf(text, offset), shorter)
  for (let index = 0; index < starts.length; index += 1) {
    const start = starts[index] ?? 0
    const name = shorter.names[start] ?? 0
    const symbol = symbols[start + offset] ?? 0
    if (name !== previousName || symbol !== previousSymbol) size += 1
    names[start] = size - 1
    previousName = name
    previousSymbol = symbol
  }
  return { names, size }
}

/** Where n-grams begin that end in their sequence, ordered by their last symbols. */
function startsOf({ sequences, bySymbol }: JoinedText, offset: number): Int32Array {
  const starts = new Int32Array(bySymbol.length)
  let count = 0
  for (let index = 0; index < bySymbol.length; index += 1) {
    const last = bySymbol[index] ?? 0
    const start = last - offset
    if (start < 0 || sequences[start] !== sequences[last]) continue
    starts[count] = start
    count += 1
  }
  return starts.subarray(0, count)
}

/** A stable counting sort. */
function sortByName(positions: Int32Array, { names, size }: Naming): Int32Array {
  const next = new Int32Array(size + 1)
  for (let index = 0; index < positions.length; index += 1) {
    const after = (names[positions[index] ?? 0] ?? 0) + 1
    next[after] = (next[after] ?? 0) + 1
  }
  for (let name = 1; name <= size; name += 1) next[name] = (next[name] ?? 0) + (next[name - 1] ?? 0)
  const sorted = new Int32Array(positions.length)
  for (let index = 0; index < positions.length; index += 1) {
    const position = positions[index] ?? 0
    const name = names[position] ?? 0
    const place = next[name] ?? 0
    sorted[place] = position
    next[name] = place + 1
  }
  return sorted
}

function countMatches({ sequences, sequenceCount }: JoinedText, { names, size }: Naming): number {
  // The counts of a sequence lie one after the other: name by name.
  const counts = new Int32Array(sequenceCount * size)
  for (let position = 0; position < names.length; position += 1) {
    const name = names[position] ?? 0
    if (name === -1) continue
    const place = (sequences[position] ?? 0) * size + name
    counts[place] = (counts[place] ?? 0) + 1
  }
  let matched = 0
  for (let name = 0; name < size; name += 1) {
    let most = 0
    for (let place = size + name; place < counts.length; place += size) most = Math.max(most, counts[place] ?? 0)
    matched += Math.min(counts[name] ?? 0, most)
  }
  return matched
}
