import type { RankedValues } from '../../control-plane/modules/ab-tests/statistics/ranked-values.ts'

export interface SortedValues extends RankedValues {
  readonly add: (values: readonly number[]) => void
}

/** Values that stay sorted as they grow: a simulation looks at the same experiment a hundred times. */
export function createSortedValues(): SortedValues {
  let sorted = new Float64Array(0)
  return {
    get count() {
      return sorted.length
    },
    at: (rank) => {
      if (rank < 1) return { lower: -Infinity, upper: -Infinity }
      const value = sorted[rank - 1] ?? Infinity
      return { lower: value, upper: value }
    },
    add: (values) => {
      sorted = merge(sorted, Float64Array.from(values).toSorted())
    },
  }
}

function merge(a: Float64Array, b: Float64Array): Float64Array<ArrayBuffer> {
  const merged = new Float64Array(a.length + b.length)
  let [fromA, fromB] = [0, 0]
  for (let index = 0; index < merged.length; index += 1) {
    const takeA = fromB >= b.length || (fromA < a.length && (a[fromA] ?? 0) <= (b[fromB] ?? 0))
    merged[index] = (takeA ? a[fromA++] : b[fromB++]) ?? 0
  }
  return merged
}
