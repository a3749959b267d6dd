/** What one variant got on one prompt; null where there is no value, as for a call that failed. */
export interface CellValue {
  readonly promptId: string
  readonly variantId: string
  readonly value: number | null
}

/** What every variant got on one prompt, side by side. A variant without a row of its own is missing. */
export interface PromptValues {
  readonly promptId: string
  readonly values: ReadonlyMap<string, number | null>
}

/** How a variant differs from the baseline on the prompts for which both have a value. In the values' unit. */
export interface PairedDifference {
  readonly pairs: number
  /** Prompts on which only one of the two has a value. */
  readonly unpaired: number
  /** Mean of variant − baseline; null without pairs. */
  readonly mean: number | null
  /** Of the mean; null with fewer than two pairs. */
  readonly standardError: number | null
  /** Of the differences, in the order of the probabilities asked for; empty without pairs. */
  readonly quantiles: readonly { readonly probability: number; readonly value: number }[]
}

export interface Pairing {
  readonly baselineId: string
  /** The variants to be compared with the baseline. */
  readonly variantIds: readonly string[]
  /** From 0 to 1. */
  readonly probabilities?: readonly number[]
}

const USUAL_PROBABILITIES = [0.05, 0.25, 0.5, 0.75, 0.95]

/**
 * Compares variants with a baseline prompt by prompt, in one pass over a run's results. It keeps one number a pair.
 *
 * @param rows by rising promptId, each cell once; values that are not finite count as none
 * @returns by variant
 * @throws RangeError for rows out of order or given twice: means over them would be wrong and look right
 */
export async function pairResults(
  rows: AsyncIterable<CellValue> | Iterable<CellValue>,
  { baselineId, variantIds, probabilities = USUAL_PROBABILITIES }: Pairing,
): Promise<Map<string, PairedDifference>> {
  const pairs = variantIds.map((variantId) => ({ variantId, differences: [] as number[], unpaired: 0 }))
  for await (const { values } of sideBySide(rows)) {
    for (const pair of pairs) {
      const difference = subtract(values.get(pair.variantId), values.get(baselineId))
      if (difference === 'unpaired') pair.unpaired += 1
      else if (difference !== null) pair.differences.push(difference)
    }
  }
  return new Map(
    pairs.map(({ variantId, differences, unpaired }) => [
      variantId,
      { ...describeDifferences(differences, probabilities), unpaired },
    ]),
  )
}

/**
 * Puts a run's results side by side, one prompt at a time.
 *
 * @param rows by rising promptId, each cell once; values that are not finite become null
 * @throws RangeError for rows out of order or given twice
 */
export async function* sideBySide(
  rows: AsyncIterable<CellValue> | Iterable<CellValue>,
): AsyncGenerator<PromptValues, void, undefined> {
  let promptId: string | null = null
  let values = new Map<string, number | null>()
  for await (const row of rows) {
    if (promptId !== null && row.promptId !== promptId) {
      yield { promptId, values }
      values = new Map()
    }
    checkOrder(row, { promptId, values })
    promptId = row.promptId
    values.set(row.variantId, row.value !== null && Number.isFinite(row.value) ? row.value : null)
  }
  if (promptId !== null) yield { promptId, values }
}

function checkOrder(row: CellValue, seen: { promptId: string | null; values: PromptValues['values'] }): void {
  if (seen.promptId !== null && row.promptId < seen.promptId) {
    throw new RangeError(`The prompt ${row.promptId} comes after ${seen.promptId}.`)
  }
  if (seen.values.has(row.variantId)) {
    throw new RangeError(`The prompt ${row.promptId} has two results of the variant ${row.variantId}.`)
  }
}

/** Null where neither has a value. */
function subtract(value: number | null = null, baseline: number | null = null): number | 'unpaired' | null {
  if (value === null && baseline === null) return null
  return value === null || baseline === null ? 'unpaired' : value - baseline
}

function describeDifferences(
  differences: readonly number[],
  probabilities: readonly number[],
): Omit<PairedDifference, 'unpaired'> {
  const pairs = differences.length
  if (pairs === 0) return { pairs, mean: null, standardError: null, quantiles: [] }
  const mean = differences.reduce((sum, each) => sum + each / pairs, 0)
  // Around the mean, in a second pass: sums of squares of raw values would cancel.
  const squares = differences.reduce((sum, each) => sum + (each - mean) ** 2, 0)
  const standardError = pairs < 2 ? null : Math.sqrt(squares / (pairs - 1) / pairs)
  const sorted = Float64Array.from(differences).sort()
  const quantiles = probabilities.map((probability) => ({ probability, value: quantile(sorted, probability) }))
  return { pairs, mean, standardError, quantiles }
}

/** Type 7 of Hyndman and Fan (1996), as in R and NumPy: linear between the two values around (n − 1) × p. */
function quantile(sorted: Float64Array, probability: number): number {
  const place = (sorted.length - 1) * Math.min(1, Math.max(0, probability))
  const lower = sorted[Math.floor(place)] ?? Number.NaN
  const upper = sorted[Math.ceil(place)] ?? Number.NaN
  return lower + (upper - lower) * (place - Math.floor(place))
}
