/**
 * Length of the longest common subsequence, bit-parallel: each row of the usual table is one large integer whose zeros
 * count. Hyyrö 2004, "Bit-parallel LCS-length computation revisited". The work is one length times a 64th of the other.
 */
export function commonSubsequenceLength(left: readonly string[], right: readonly string[]): number {
  const masks = masksOf(left)
  const all = (1n << BigInt(left.length)) - 1n
  let row = all
  for (const word of right) {
    const matches = row & (masks.get(word) ?? 0n)
    if (matches !== 0n) row = ((row + matches) | (row - matches)) & all
  }
  return left.length - countOnes(row)
}

/** In an integer a word, a bit for each place where it stands. */
function masksOf(words: readonly string[]): Map<string, bigint> {
  const places = new Map<string, number[]>()
  for (const [index, word] of words.entries()) {
    const found = places.get(word)
    if (found) found.push(index)
    else places.set(word, [index])
  }
  const masks = new Map<string, bigint>()
  for (const [word, indexes] of places) {
    let mask = 0n
    for (const index of indexes) mask |= 1n << BigInt(index)
    masks.set(word, mask)
  }
  return masks
}

function countOnes(bits: bigint): number {
  let count = 0
  for (const digit of bits.toString(2)) if (digit === '1') count += 1
  return count
}
