import {
  addToJointMoments,
  mergeJointMoments,
  NO_JOINT_MOMENTS,
  type JointMoments,
} from '../ab-tests/statistics/joint-moments.ts'
import { histogramOf, type LogHistogram } from '../ab-tests/statistics/log-histogram.ts'
import { ownPart, type UnitOutcome, type UnitPart } from './unit-outcome.ts'

/**
 * What an analysis needs of many units of one variant. Cells change in place, because millions of units pass through
 * them; units come in and go out again in any order, and cells of parts merge.
 */
export interface VariantCell {
  units: number
  calls: number
  contaminated: number
  /** Units that saw another variant later. */
  unitsInTwoVariants: number
  /** By the version of the weights: units assigned, exposed, answered, scored. */
  readonly stages: Map<number, StageCounts>
  readonly means: Map<string, MeanSums>
  /** Numerators and denominators of units. */
  readonly ratios: Map<string, JointMoments>
  /** Counts by bucket of a log histogram. */
  readonly histograms: Map<string, Map<number, number>>
}

export type StageCounts = readonly [assigned: number, exposed: number, answered: number, scored: number]

export interface MeanSums {
  /** Of a unit's mean and the mean logarithm of its prompts' tokens. */
  readonly moments: JointMoments
  /** Units whose prompts' tokens are not known: they stand there with 0. */
  readonly withoutCovariate: number
}

export function emptyCell(): VariantCell {
  return {
    units: 0,
    calls: 0,
    contaminated: 0,
    unitsInTwoVariants: 0,
    stages: new Map(),
    means: new Map(),
    ratios: new Map(),
    histograms: new Map(),
  }
}

/** Puts a unit in, or with -1 takes out one that was put in before, as it was then. */
export function changeCell(cell: VariantCell, unit: UnitOutcome, weight: 1 | -1): void {
  const part = ownPart(unit)
  if (!unit.start || !part) return
  cell.units += weight
  cell.calls += weight * part.calls
  cell.contaminated += weight * part.contaminated
  if (unit.parts.length > 1) cell.unitsInTwoVariants += weight
  changeStages(cell, unit.start.weightsVersion, stagesOf(part, weight))
  changeMeans(cell, part, weight)
  for (const [key, { numerator, denominator }] of part.pairs) {
    const moments = cell.ratios.get(key) ?? NO_JOINT_MOMENTS
    setOrDelete(cell.ratios, key, addToJointMoments(moments, [numerator, denominator], weight))
  }
  for (const [key, value] of part.firstAnswer?.latencies ?? []) {
    const [[bucket] = [0]] = histogramOf([value]).buckets
    countInBucket(cell, key, [bucket, weight])
  }
}

/** All cells together, in a cell of its own. */
export function mergeCells(cells: Iterable<VariantCell>): VariantCell {
  const merged = emptyCell()
  for (const cell of cells) {
    merged.units += cell.units
    merged.calls += cell.calls
    merged.contaminated += cell.contaminated
    merged.unitsInTwoVariants += cell.unitsInTwoVariants
    for (const [version, counts] of cell.stages) changeStages(merged, version, counts)
    for (const [key, sums] of cell.means) merged.means.set(key, mergeMeans(merged.means.get(key), sums))
    for (const [key, moments] of cell.ratios) {
      merged.ratios.set(key, mergeJointMoments(merged.ratios.get(key) ?? NO_JOINT_MOMENTS, moments))
    }
    for (const [key, counts] of cell.histograms) {
      for (const counted of counts) countInBucket(merged, key, counted)
    }
  }
  return merged
}

export function histogramIn({ histograms }: VariantCell, key: string): LogHistogram {
  const buckets = [...(histograms.get(key) ?? [])].sort(([a], [b]) => a - b)
  return { count: buckets.reduce((sum, [, count]) => sum + count, 0), buckets }
}

function stagesOf(part: UnitPart, weight: 1 | -1): StageCounts {
  const reached = (calls: number): number => (calls > 0 ? weight : 0)
  return [weight, reached(part.exposed), reached(part.answered), reached(part.scored)]
}

function changeStages({ stages }: VariantCell, version: number, change: StageCounts): void {
  const [assigned, exposed, answered, scored] = stages.get(version) ?? [0, 0, 0, 0]
  const changed: StageCounts = [assigned + change[0], exposed + change[1], answered + change[2], scored + change[3]]
  if (changed[0] === 0) stages.delete(version)
  else stages.set(version, changed)
}

function changeMeans({ means }: VariantCell, { sums, prompts }: UnitPart, weight: 1 | -1): void {
  const covariate = prompts.count === 0 ? 0 : prompts.sum / prompts.count
  for (const [key, { sum, count }] of sums) {
    const before = means.get(key)
    const moments = addToJointMoments(before?.moments ?? NO_JOINT_MOMENTS, [sum / count, covariate], weight)
    const withoutCovariate = (before?.withoutCovariate ?? 0) + (prompts.count === 0 ? weight : 0)
    if (moments.count === 0) means.delete(key)
    else means.set(key, { moments, withoutCovariate })
  }
}

function mergeMeans(before: MeanSums | undefined, after: MeanSums): MeanSums {
  if (!before) return after
  return {
    moments: mergeJointMoments(before.moments, after.moments),
    withoutCovariate: before.withoutCovariate + after.withoutCovariate,
  }
}

function setOrDelete(ratios: VariantCell['ratios'], key: string, moments: JointMoments): void {
  if (moments.count === 0) ratios.delete(key)
  else ratios.set(key, moments)
}

function countInBucket({ histograms }: VariantCell, key: string, [bucket, change]: readonly [number, number]): void {
  const counts = histograms.get(key) ?? new Map<number, number>()
  histograms.set(key, counts)
  const count = (counts.get(bucket) ?? 0) + change
  if (count === 0) counts.delete(bucket)
  else counts.set(bucket, count)
}
