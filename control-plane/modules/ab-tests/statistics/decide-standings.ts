import { toGain, type Finding } from './decide-findings.ts'

/** Where one variant stands beside production, all metrics together. */
export interface Placing {
  readonly variant: string
  readonly standing: Standing
  readonly primaries: readonly Finding[]
  readonly guardrails: readonly Finding[]
}

/**
 * `wins`: certainly better on a primary metric, certainly worse on none, every guardrail cleared. `loses`: certainly worse
 * on a primary metric, better on none. `same`: no primary metric differs by as much as matters.
 */
export type Standing = 'wins' | 'loses' | 'same' | RunningReason

/**
 * `too-early`: nothing certain yet. `guardrail-open`: better, but harm is not ruled out yet. `trade-off`: certainly better
 * on one primary metric and worse on another, which people must weigh.
 */
export type RunningReason = 'too-early' | 'guardrail-open' | 'trade-off'

/** One per variant; of equal standing the largest gain on the first primary metric comes first. */
export function placeVariants(findings: readonly Finding[]): Placing[] {
  const variants = [...new Set(findings.map(({ comparison }) => comparison.variant))]
  return variants.map((variant) => placeVariant(variant, findings)).toSorted(byStanding)
}

const ORDER: readonly Standing[] = ['wins', 'trade-off', 'guardrail-open', 'too-early', 'same', 'loses']

function placeVariant(variant: string, findings: readonly Finding[]): Placing {
  const own = findings.filter(({ comparison }) => comparison.variant === variant)
  const primaries = own.filter(({ metric }) => metric.role.type === 'primary')
  const guardrails = own.filter(({ metric }) => metric.role.type === 'guardrail')
  return { variant, primaries, guardrails, standing: standingOf(primaries, guardrails) }
}

function standingOf(primaries: readonly Finding[], guardrails: readonly Finding[]): Standing {
  const verdicts = primaries.map(({ verdict }) => verdict)
  if (verdicts.includes('better') && verdicts.includes('worse')) return 'trade-off'
  if (verdicts.includes('worse')) return 'loses'
  if (verdicts.includes('better')) {
    return guardrails.every(({ verdict }) => verdict === 'cleared') ? 'wins' : 'guardrail-open'
  }
  const alike = verdicts.length > 0 && verdicts.every((verdict) => verdict === 'no-difference-that-matters')
  return alike ? 'same' : 'too-early'
}

function byStanding(a: Placing, b: Placing): number {
  return ORDER.indexOf(a.standing) - ORDER.indexOf(b.standing) || firstGain(b) - firstGain(a)
}

function firstGain({ primaries }: Placing): number {
  const [first] = primaries
  const gain = first === undefined ? 0 : toGain(first.metric, first.comparison).estimate
  return Number.isFinite(gain) ? gain : 0
}
