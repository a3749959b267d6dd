import type { JointMoments } from '../ab-tests/statistics/joint-moments.ts'
import type { UnitOutcome, UnitPart } from './unit-outcome.ts'
import type { MeanSums, StageCounts, VariantCell } from './variant-cell.ts'

/** Units and cells as JSON: short, and free of names that a database would read as operators. */

type WrittenPart = Omit<UnitPart, 'sums' | 'pairs'> & {
  readonly sums: (readonly [string, UnitPart['sums'] extends ReadonlyMap<string, infer Sum> ? Sum : never])[]
  readonly pairs: (readonly [string, UnitPart['pairs'] extends ReadonlyMap<string, infer Pair> ? Pair : never])[]
}

export function encodeUnit({ start, parts }: UnitOutcome): string {
  const written = parts.map((part): WrittenPart => ({ ...part, sums: [...part.sums], pairs: [...part.pairs] }))
  return JSON.stringify({ start, parts: written })
}

export function decodeUnit(text: string): UnitOutcome {
  const { start, parts }: { start: UnitOutcome['start']; parts: WrittenPart[] } = JSON.parse(text)
  return { start, parts: parts.map((part) => ({ ...part, sums: new Map(part.sums), pairs: new Map(part.pairs) })) }
}

interface WrittenCell {
  readonly counts: readonly [units: number, calls: number, contaminated: number, unitsInTwoVariants: number]
  readonly stages: (readonly [number, StageCounts])[]
  readonly means: (readonly [string, MeanSums])[]
  readonly ratios: (readonly [string, JointMoments])[]
  readonly histograms: (readonly [string, (readonly [number, number])[]])[]
}

export function encodeCell({ units, calls, contaminated, unitsInTwoVariants, ...maps }: VariantCell): string {
  const written: WrittenCell = {
    counts: [units, calls, contaminated, unitsInTwoVariants],
    stages: [...maps.stages],
    means: [...maps.means],
    ratios: [...maps.ratios],
    histograms: [...maps.histograms].map(([key, counts]) => [key, [...counts]]),
  }
  return JSON.stringify(written)
}

export function decodeCell(text: string): VariantCell {
  const { counts, stages, means, ratios, histograms }: WrittenCell = JSON.parse(text)
  const [units, calls, contaminated, unitsInTwoVariants] = counts
  return {
    units,
    calls,
    contaminated,
    unitsInTwoVariants,
    stages: new Map(stages),
    means: new Map(means),
    ratios: new Map(ratios),
    histograms: new Map(histograms.map(([key, buckets]) => [key, new Map(buckets)])),
  }
}
