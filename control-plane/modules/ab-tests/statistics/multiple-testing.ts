/**
 * Holm's step-down adjustment (1979): compared with alpha they keep the chance of any false finding among all below it.
 * Always-valid p-values stay always valid.
 *
 * @param pValues in [0, 1]
 * @returns adjusted, in the same order
 */
export function adjustByHolm(pValues: readonly number[]): number[] {
  let largest = 0
  return inOrderOfSize(pValues, (p, rank, count) => {
    largest = Math.max(largest, Math.min(1, (count - rank) * p))
    return largest
  })
}

/** Benjamini and Hochberg's step-up adjustment (1995): compared with alpha they keep the share of false findings below it. */
export function adjustByBenjaminiHochberg(pValues: readonly number[]): number[] {
  let smallest = 1
  const fromLargest = pValues.map((p) => -p)
  return inOrderOfSize(fromLargest, (negated, rank, count) => {
    smallest = Math.min(smallest, (-negated * count) / (count - rank))
    return smallest
  })
}

/** Adjusts from the smallest to the largest (rank from 0) and answers in the order given. */
function inOrderOfSize(
  values: readonly number[],
  adjust: (value: number, rank: number, count: number) => number,
): number[] {
  const adjusted = values.map(() => 0)
  const order = [...values.entries()].sort(([, a], [, b]) => a - b)
  for (const [rank, [index, value]] of order.entries()) adjusted[index] = adjust(value, rank, values.length)
  return adjusted
}
