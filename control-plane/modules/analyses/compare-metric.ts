import { rhoTightestAt, type SequenceOptions } from '../ab-tests/statistics/asymptotic-sequence.ts'
import { armSequence, BURN_IN, differenceSequence } from '../ab-tests/statistics/difference-sequence.ts'
import { absoluteDifference } from '../ab-tests/statistics/difference.ts'
import {
  estimateAdjustedMeans,
  estimateMean,
  estimateProportion,
  estimateRatio,
  type ArmEstimate,
} from '../ab-tests/statistics/estimators.ts'
import { differenceOfIntervals, type Interval, type Scale } from '../ab-tests/statistics/interval.ts'
import { firstMoments, NO_JOINT_MOMENTS, type JointMoments } from '../ab-tests/statistics/joint-moments.ts'
import { liftPosterior } from '../ab-tests/statistics/lift-posterior.ts'
import type { Moments } from '../ab-tests/statistics/moments.ts'
import { quantileDifference, quantileSequence } from '../ab-tests/statistics/quantile-sequence.ts'
import { rankedHistogram } from '../ab-tests/statistics/ranked-values.ts'
import type { MeasuredMetric } from './measured-metrics.ts'
import { histogramIn, type VariantCell } from './variant-cell.ts'

export interface CompareOptions {
  readonly alpha: number
  readonly tightestAt: number
  readonly adjustForPromptLength: boolean
  /** Weights follow what is measured, so that two arms' units are not drawn independently of it. */
  readonly adaptive: boolean
  /** All variants compared, with the baseline. */
  readonly arms: number
}

export interface ArmResult {
  /** `NaN`: nothing was measured. */
  readonly value: number
  /** Units. */
  readonly count: number
  /** Of the value; `NaN` where it is not known, and for quantiles. */
  readonly standardError: number
}

export interface MetricComparison {
  readonly baseline: ArmResult
  readonly variant: ArmResult
  readonly absolute: Effect
  readonly relative: Effect
  /** Always-valid, of this look. */
  readonly pValue: number
  /** That the variant is the better one, by a flat prior; null: not known. */
  readonly chanceToWin: number | null
  readonly warnings: readonly MetricWarning[]
}

/** Infinite bounds: nothing is certain yet. */
export interface Effect extends Interval {
  readonly value: number
}

export const METRIC_WARNINGS = ['too_few_units', 'prompt_lengths_differ', 'prompt_lengths_unknown'] as const
export type MetricWarning = (typeof METRIC_WARNINGS)[number]

interface Cells {
  readonly baseline: VariantCell
  readonly variant: VariantCell
}

/** One variant beside the baseline on one metric, from what is kept of both. Pure. */
export function compareMetric(metric: MeasuredMetric, cells: Cells, options: CompareOptions): MetricComparison {
  return metric.kind === 'quantile'
    ? compareQuantiles(metric, cells, options)
    : compareEstimates(metric, estimateArms(metric, cells, options), options)
}

/** The value of one variant by itself. */
export function estimateMetric(metric: MeasuredMetric, cell: VariantCell): ArmEstimate {
  if (metric.kind === 'quantile') {
    const values = rankedHistogram(histogramIn(cell, metric.key))
    const { value } = quantileSequence(values, { quantile: metric.quantile, alpha: 0.05 })
    return { value, variance: Number.NaN, count: values.count }
  }
  if (metric.kind === 'ratio') return estimateRatio(cell.ratios.get(metric.key) ?? NO_JOINT_MOMENTS)
  return estimateValues(metric, firstMoments(outcomesIn(cell, metric)))
}

interface Estimated {
  readonly baseline: ArmEstimate
  readonly variant: ArmEstimate
  /** Of plain values from 0 to 1. */
  readonly bounded: { readonly control: Moments; readonly treatment: Moments } | null
  readonly warnings: readonly MetricWarning[]
}

function estimateArms(metric: MeasuredMetric, { baseline, variant }: Cells, options: CompareOptions): Estimated {
  const plain = {
    baseline: estimateMetric(metric, baseline),
    variant: estimateMetric(metric, variant),
    bounded: metric.bounded
      ? { control: firstMoments(outcomesIn(baseline, metric)), treatment: firstMoments(outcomesIn(variant, metric)) }
      : null,
    warnings: [],
  }
  if (metric.kind !== 'mean' || !options.adjustForPromptLength) return plain
  const warning = refuseAdjustment(metric, { baseline, variant }, options)
  if (warning !== null) return { ...plain, warnings: [warning] }
  const arms = [outcomesIn(baseline, metric), outcomesIn(variant, metric)]
  const [adjustedBaseline = plain.baseline, adjustedVariant = plain.variant] = estimateAdjustedMeans(arms)
  return { ...plain, baseline: adjustedBaseline, variant: adjustedVariant }
}

/**
 * Prompts are counted by the variant's own provider, with the variant's own instructions. Where that makes a difference
 * an adjustment would take away a part of the effect, so there is none.
 */
function refuseAdjustment(metric: MeasuredMetric, cells: Cells, options: CompareOptions): MetricWarning | null {
  const unknown = [cells.baseline, cells.variant].some(
    (cell) => (cell.means.get(metric.key)?.withoutCovariate ?? 0) > 0,
  )
  if (unknown) return 'prompt_lengths_unknown'
  const [control, treatment] = [cells.baseline, cells.variant].map((cell) =>
    estimateMean(secondMoments(outcomesIn(cell, metric))),
  )
  if (!control || !treatment) return null
  const comparison = { control, treatment, scale: 'absolute', bounded: null } as const
  const alpha = 0.2
  const { pValue } = differenceSequence(comparison, { alpha, rho: rhoTightestAt(options.tightestAt, alpha) })
  return pValue <= alpha ? 'prompt_lengths_differ' : null
}

function compareEstimates(
  metric: MeasuredMetric,
  { baseline, variant, bounded, warnings }: Estimated,
  options: CompareOptions,
): MetricComparison {
  const sequence = options.adaptive ? adaptiveSequence : fixedSequence
  const arms = { control: baseline, treatment: variant, bounded }
  const [absolute, relative] = [sequence(arms, 'absolute', options), sequence(arms, 'relative', options)]
  const difference = absoluteDifference(baseline, variant)
  const chanceAbove = liftPosterior(difference)?.chanceToWin ?? null
  const tooFew = Math.min(baseline.count, variant.count) < BURN_IN
  return {
    baseline: toArmResult(baseline),
    variant: toArmResult(variant),
    absolute: { value: difference.value, lower: absolute.lower, upper: absolute.upper },
    relative: { value: relativeValue(baseline.value, variant.value), lower: relative.lower, upper: relative.upper },
    pValue: absolute.pValue,
    chanceToWin: chanceAbove !== null && metric.direction === 'lower-is-better' ? 1 - chanceAbove : chanceAbove,
    warnings: tooFew ? ['too_few_units', ...warnings] : warnings,
  }
}

interface Arms {
  readonly control: ArmEstimate
  readonly treatment: ArmEstimate
  readonly bounded: Estimated['bounded']
}

type IntervalWithP = Interval & { readonly pValue: number }

function fixedSequence(arms: Arms, scale: Scale, { alpha, tightestAt }: CompareOptions): IntervalWithP {
  return differenceSequence({ ...arms, scale }, { alpha, rho: rhoTightestAt(tightestAt, alpha) })
}

/** Where the allocation adapts, each arm has a sequence of its own, at its part of alpha. */
function adaptiveSequence(arms: Arms, scale: Scale, options: CompareOptions): IntervalWithP {
  const rho = rhoTightestAt(options.tightestAt, options.alpha)
  const { control, treatment, bounded } = arms
  const intervalAt = (alpha: number): Interval => {
    const each: SequenceOptions = { alpha: alpha / options.arms, rho }
    const ofControl = armSequence({ arm: control, bounded: bounded?.control ?? null }, each)
    const ofTreatment = armSequence({ arm: treatment, bounded: bounded?.treatment ?? null }, each)
    return differenceOfIntervals(ofControl, ofTreatment, scale)
  }
  const tooFew = Math.min(control.count, treatment.count) < BURN_IN
  return { ...intervalAt(options.alpha), pValue: tooFew ? 1 : smallestLevelWithoutZero(intervalAt) }
}

/** Intervals grow as their level falls: the level at which 0 comes in, by halving its logarithm. */
function smallestLevelWithoutZero(intervalAt: (alpha: number) => Interval): number {
  const leavesZeroOut = (level: number): boolean => {
    const { lower, upper } = intervalAt(level)
    return lower > 0 || upper < 0
  }
  if (!leavesZeroOut(0.999)) return 1
  let [contains, excludes] = [-300, Math.log(0.999)]
  if (leavesZeroOut(Math.exp(contains))) return Math.exp(contains)
  for (let step = 0; step < 40; step += 1) {
    const middle = (contains + excludes) / 2
    if (leavesZeroOut(Math.exp(middle))) excludes = middle
    else contains = middle
  }
  return Math.exp(excludes)
}

type QuantileMetric = Extract<MeasuredMetric, { kind: 'quantile' }>

/** Each arm has a sequence of its own here, so that it holds under weights that adapt as well, at its part of alpha. */
function compareQuantiles(metric: QuantileMetric, cells: Cells, options: CompareOptions): MetricComparison {
  const [control, treatment] = [cells.baseline, cells.variant].map((cell) =>
    rankedHistogram(histogramIn(cell, metric.key)),
  )
  const alpha = options.adaptive ? (2 * options.alpha) / options.arms : options.alpha
  const empty = rankedHistogram({ count: 0, buckets: [] })
  const arms = { control: control ?? empty, treatment: treatment ?? empty }
  const at = { quantile: metric.quantile, alpha }
  const { pValue, ...absolute } = quantileDifference({ ...arms, scale: 'absolute' }, at)
  const { value, lower, upper } = quantileDifference({ ...arms, scale: 'relative' }, at)
  const tooFew = Math.min(arms.control.count, arms.treatment.count) < BURN_IN
  return {
    baseline: toArmResult(estimateMetric(metric, cells.baseline)),
    variant: toArmResult(estimateMetric(metric, cells.variant)),
    absolute,
    relative: { value, lower, upper },
    pValue: options.adaptive ? Math.min(1, (pValue * options.arms) / 2) : pValue,
    chanceToWin: null,
    warnings: tooFew ? ['too_few_units'] : [],
  }
}

function estimateValues(metric: MeasuredMetric, moments: Moments): ArmEstimate {
  // Where all passed or all failed, the plain variance claims certainty.
  const isExtreme = metric.bounded && (moments.mean <= 0 || moments.mean >= 1)
  return isExtreme ? estimateProportion(moments) : estimateMean(moments)
}

function outcomesIn({ means }: VariantCell, { key }: MeasuredMetric): JointMoments {
  return means.get(key)?.moments ?? NO_JOINT_MOMENTS
}

function secondMoments({ count, secondMean, secondSquares }: JointMoments): Moments {
  return { count, mean: secondMean, squaredDeviations: secondSquares }
}

function toArmResult({ value, variance, count }: ArmEstimate): ArmResult {
  return { value: count === 0 ? Number.NaN : value, count, standardError: Math.sqrt(variance / count) }
}

function relativeValue(baseline: number, variant: number): number {
  return baseline === 0 ? Number.NaN : (variant - baseline) / Math.abs(baseline)
}
