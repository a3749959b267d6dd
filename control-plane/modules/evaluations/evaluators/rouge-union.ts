/**
 * Hits of rougeLsum: the words of each expected sentence that are in its longest common subsequence with any given
 * sentence, each word of both sides counting once. Which of several longest ones is taken follows rouge_score, because the
 * union depends on it.
 */
export function unionHits(wanted: readonly Sentence[], given: readonly Sentence[]): number {
  const openWanted = countWords(wanted)
  const openGiven = countWords(given)
  let hits = 0
  for (const sentence of wanted) {
    const union = new Set(given.flatMap((other) => commonIndexes(sentence, other)))
    for (const index of [...union].toSorted((left, right) => left - right)) {
      const word = sentence[index] ?? ''
      if (take(openGiven, openWanted, word)) hits += 1
    }
  }
  return hits
}

type Sentence = readonly string[]

function countWords(sentences: readonly Sentence[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const word of sentences.flat()) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

/** Takes a word off both sides where both still have it. */
function take(left: Map<string, number>, right: Map<string, number>, word: string): boolean {
  const [ofLeft, ofRight] = [left.get(word) ?? 0, right.get(word) ?? 0]
  if (ofLeft === 0 || ofRight === 0) return false
  left.set(word, ofLeft - 1)
  right.set(word, ofRight - 1)
  return true
}

/** Indexes into `sentence` of a longest common subsequence. */
function commonIndexes(sentence: Sentence, other: Sentence): number[] {
  const lengths = lengthTable(sentence, other)
  const lengthAt = (row: number, column: number): number => lengths[row * (other.length + 1) + column] ?? 0
  const indexes: number[] = []
  let row = sentence.length
  let column = other.length
  while (row > 0 && column > 0) {
    if (sentence[row - 1] === other[column - 1]) {
      indexes.push(row - 1)
      row -= 1
      column -= 1
    } else if (lengthAt(row, column - 1) > lengthAt(row - 1, column)) column -= 1
    else row -= 1
  }
  return indexes
}

/** Row by row: how long the longest common subsequence of both beginnings is. */
function lengthTable(sentence: Sentence, other: Sentence): Int32Array {
  const width = other.length + 1
  const lengths = new Int32Array((sentence.length + 1) * width)
  for (let row = 1; row <= sentence.length; row += 1) {
    for (let column = 1; column < width; column += 1) {
      const at = row * width + column
      const above = lengths[at - width] ?? 0
      lengths[at] =
        sentence[row - 1] === other[column - 1]
          ? (lengths[at - width - 1] ?? 0) + 1
          : Math.max(above, lengths[at - 1] ?? 0)
    }
  }
  return lengths
}
