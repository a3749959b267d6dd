import { shareByTopTwo } from '../ab-tests/statistics/adaptive-top-two.ts'
import { trackAndStop } from '../ab-tests/statistics/adaptive-track-and-stop.ts'
import type { AdaptiveArm, ArmOptions } from '../ab-tests/statistics/adaptive-arms.ts'
import type { AnalysedVariant, Analysis } from './analyse-ab-test.ts'
import type { AnalysisSettings } from './analysis-settings.ts'
import { estimateMetric } from './compare-metric.ts'
import type { MeasuredMetric } from './measured-metrics.ts'

export interface VariantShare {
  readonly variantId: string
  readonly weight: number
}

/** Smaller moves of weights are not worth a new snapshot. */
const LEAST_MOVE = 0.01
/** Before this many units of each variant, shares stay equal. */
const MIN_UNITS = 30
/** Weights are published to so many places. */
const PLACES = 10_000

/**
 * The weights that an adaptive mode asks for, over the variants that get new units. Pure.
 *
 * @returns null: those in force are near enough, or there is nothing to adapt
 */
export function planWeights(
  { adaptive }: AnalysisSettings,
  metric: MeasuredMetric,
  { arms, weights }: { readonly arms: readonly AnalysedVariant[]; readonly weights: readonly VariantShare[] },
): readonly VariantShare[] | null {
  const taking = weights.filter(({ weight }) => weight > 0)
  if (adaptive === 'none' || metric.kind === 'quantile' || taking.length < 2) return null
  const estimates = taking.map(({ variantId }) => toArm(metric, variantId, arms))
  const shares = estimates.some(({ count }) => count < MIN_UNITS)
    ? taking.map(() => 1 / taking.length)
    : sharesOf(adaptive, estimates, optionsOf(metric))
  const planned = withSumOne(taking.map(({ variantId }, place) => ({ variantId, weight: shares[place] ?? 0 })))
  const moved = planned.some(({ weight }, place) => Math.abs(weight - (taking[place]?.weight ?? 0)) >= LEAST_MOVE)
  if (!moved) return null
  const paused = weights.filter(({ weight }) => weight === 0)
  return [...planned, ...paused]
}

/** The weights without some variants: theirs are 0, and the others keep their proportions; null: nobody is left. */
export function pauseWeights(
  weights: readonly VariantShare[],
  pausedIds: readonly string[],
): readonly VariantShare[] | null {
  const left = weights.filter(({ variantId }) => !pausedIds.includes(variantId))
  const total = left.reduce((sum, { weight }) => sum + weight, 0)
  if (!(total > 0)) return null
  const renormalised = withSumOne(left.map(({ variantId, weight }) => ({ variantId, weight: weight / total })))
  const byId = new Map(renormalised.map(({ variantId, weight }) => [variantId, weight]))
  return weights.map(({ variantId }) => ({ variantId, weight: byId.get(variantId) ?? 0 }))
}

/**
 * Gives paused variants the shares they had; the others keep their proportions in what is left.
 *
 * @returns null: the variants are not paused any more, or are gone
 */
export function resumeWeights(
  weights: readonly VariantShare[],
  before: readonly VariantShare[],
  pausedIds: readonly string[],
): readonly VariantShare[] | null {
  const isPaused = ({ variantId, weight }: VariantShare): boolean => weight === 0 && pausedIds.includes(variantId)
  const shareBefore = new Map(before.map(({ variantId, weight }) => [variantId, weight]))
  const resumed = weights.filter(isPaused).reduce((sum, { variantId }) => sum + (shareBefore.get(variantId) ?? 0), 0)
  if (!(resumed > 0 && resumed < 1)) return null
  return withSumOne(
    weights.map((each) => ({
      variantId: each.variantId,
      weight: isPaused(each) ? (shareBefore.get(each.variantId) ?? 0) : each.weight * (1 - resumed),
    })),
  )
}

/**
 * Variants that certainly break a guardrail. Also where answers or scores are missing from some variants: what loses
 * them may be the very harm. Not where units came to variants wrongly, for then nothing is known.
 */
export function variantsToPause({ decision, baselineId }: Analysis): readonly string[] {
  const isMixedUp =
    decision.state === 'invalid' &&
    decision.reasons.some(
      (reason) =>
        reason.type === 'units-in-two-variants' ||
        (reason.type === 'sample-ratio-mismatch' && reason.stage === 'assigned'),
    )
  if (isMixedUp) return []
  const breached = decision.findings.filter(({ verdict }) => verdict === 'breached')
  return [...new Set(breached.map(({ comparison }) => comparison.variant))].filter((id) => id !== baselineId)
}

function toArm(metric: MeasuredMetric, variantId: string, arms: readonly AnalysedVariant[]): AdaptiveArm {
  const arm = arms.find(({ id }) => id === variantId)
  if (!arm) return { name: variantId, value: 0, variance: 0, count: 0 }
  return { name: variantId, ...estimateMetric(metric, arm.cell) }
}

function optionsOf({ bounded, direction }: MeasuredMetric): ArmOptions {
  return {
    scale: bounded ? 'unit-interval' : 'unbounded',
    direction: direction === 'higher-is-better' ? 'maximize' : 'minimize',
  }
}

function sharesOf(
  mode: Exclude<AnalysisSettings['adaptive'], 'none'>,
  arms: readonly AdaptiveArm[],
  options: ArmOptions,
): readonly number[] {
  if (arms.some(({ value, variance }) => !Number.isFinite(value) || !Number.isFinite(variance))) {
    return arms.map(() => 1 / arms.length)
  }
  return mode === 'top-two' ? shareByTopTwo(arms, options).weights : trackAndStop(arms, options).weights
}

/** Rounded so that they sum to 1 exactly, but for the last bit: what is missing goes to the largest. */
function withSumOne(shares: readonly VariantShare[]): VariantShare[] {
  const parts = shares.map(({ weight }) => Math.round(weight * PLACES))
  const missing = PLACES - parts.reduce((sum, part) => sum + part, 0)
  const largest = parts.indexOf(Math.max(...parts))
  return shares.map(({ variantId }, place) => ({
    variantId,
    weight: ((parts[place] ?? 0) + (place === largest ? missing : 0)) / PLACES,
  }))
}
