import type { Comparison, MetricEvidence, MetricRole } from './decide-evidence.ts'
import { adjustByHolm } from './multiple-testing.ts'

/** What is known of one variant on one metric. */
export interface Finding {
  readonly metric: MetricEvidence
  readonly comparison: Comparison
  readonly verdict: PrimaryVerdict | GuardrailVerdict
  /** By Holm over all primary comparisons; null for guardrails, whose harm is to be seen soon rather than seldom. */
  readonly adjustedPValue: number | null
}

export type PrimaryVerdict = 'better' | 'worse' | 'no-difference-that-matters' | 'undecided'
/** `breached`: harm beyond the margin is certain. `cleared`: harm beyond the margin is ruled out. */
export type GuardrailVerdict = 'breached' | 'cleared' | 'undecided'

/** One finding per metric and variant, in the order of the evidence. */
export function findAll(metrics: readonly MetricEvidence[], alpha: number): Finding[] {
  const pairs = metrics.flatMap((metric) => metric.comparisons.map((comparison) => ({ metric, comparison })))
  const primaries = pairs.filter(({ metric }) => metric.role.type === 'primary')
  const adjusted = adjustByHolm(primaries.map(({ comparison }) => toChance(comparison.pValue)))
  return pairs.map((pair) => {
    const adjustedPValue = adjusted[primaries.indexOf(pair)] ?? null
    return { ...pair, adjustedPValue, verdict: judge(pair, (adjustedPValue ?? 1) <= alpha) }
  })
}

/** An effect turned so that more is better. */
export interface Gain {
  readonly estimate: number
  readonly lower: number
  readonly upper: number
}

export function toGain({ direction }: MetricEvidence, { effect, lower, upper }: Comparison): Gain {
  return direction === 'higher-is-better'
    ? { estimate: effect, lower, upper }
    : { estimate: -effect, lower: -upper, upper: -lower }
}

/** A p-value that is none speaks for nothing. */
function toChance(pValue: number): number {
  return pValue >= 0 && pValue <= 1 ? pValue : 1
}

function judge({ metric, comparison }: Pick<Finding, 'metric' | 'comparison'>, significant: boolean) {
  const gain = toGain(metric, comparison)
  const { role } = metric
  switch (role.type) {
    case 'primary':
      return judgePrimary(gain, { role, significant })
    case 'guardrail':
      return judgeGuardrail(gain, role.margin)
    default:
      return role satisfies never
  }
}

type PrimaryRole = Extract<MetricRole, { type: 'primary' }>

function judgePrimary(gain: Gain, { role, significant }: { role: PrimaryRole; significant: boolean }): PrimaryVerdict {
  // First, because a difference may be certain and still too small to matter.
  if (gain.lower > -role.smallestEffect && gain.upper < role.smallestEffect) return 'no-difference-that-matters'
  if (!significant) return 'undecided'
  if (gain.estimate > 0) return 'better'
  return gain.estimate < 0 ? 'worse' : 'undecided'
}

function judgeGuardrail(gain: Gain, margin: number): GuardrailVerdict {
  if (gain.upper < -margin) return 'breached'
  return gain.lower > -margin ? 'cleared' : 'undecided'
}
