import type { SampleStage } from './decide-evidence.ts'
import { toGain, type Finding } from './decide-findings.ts'
import { formatCount, formatEffect, formatNumber, formatRange, formatSize, formatValue } from './decide-quantity.ts'
import type { Placing } from './decide-standings.ts'
import type { InvalidReason } from './decide-validity.ts'

/** Why a variant wins, or why production stays when this one is the best of those that lose. */
export function describeWinner(placing: Placing, confidence: number): string {
  const [verdict, opening] =
    placing.standing === 'wins'
      ? (['better', `“${placing.variant}” is better than production:`] as const)
      : (['worse', `Production stays, because no variant is better and “${placing.variant}” is worse:`] as const)
  const decisive = placing.primaries.find((finding) => finding.verdict === verdict)
  const kept = verdict === 'better' && placing.guardrails.length > 0 ? ' Every guardrail is kept.' : ''
  return `${opening} ${describeEffect(decisive, confidence)}.${kept}`
}

/** What all variants, or those that are not worse, have shown: nothing that matters. */
export function describeNoDifference(placings: readonly Placing[], confidence: number): string {
  const same = placings.filter(({ standing }) => standing === 'same').flatMap(({ primaries }) => primaries)
  const widest = same.reduce((a, b) => (reach(b) > reach(a) ? b : a))
  const claim = placings.every(({ standing }) => standing === 'same')
    ? 'No variant differs from production by as much as matters.'
    : 'No variant is better than production by as much as matters.'
  const { metric, comparison } = widest
  const size = metric.role.type === 'primary' ? formatSize(metric.role.smallestEffect, metric) : ''
  return (
    `${claim} At most “${comparison.variant}”: ${metric.name} is ${formatRange(comparison, metric)}, ` +
    `and only ${size} or more would matter (${formatSureness(widest, confidence)}).`
  )
}

/** Which variant harms what, and by how much more than was allowed. */
export function describeBreach(breaches: readonly Finding[], confidence: number): string {
  const [worst] = breaches
  if (worst === undefined) return ''
  const { metric, comparison } = worst
  const least = metric.direction === 'higher-is-better' ? comparison.upper : comparison.lower
  const more = breaches.length > 1 ? ` ${breaches.length - 1} more of the kind.` : ''
  return (
    `“${comparison.variant}” breaks a guardrail: ${formatValues(worst)}, at least ${formatEffect(least, metric)} ` +
    `where ${formatMargin(worst)} is allowed (${formatSureness(worst, confidence)}).${more}`
  )
}

/** What is still open, from the variant that is closest to a decision. */
export function describeRunning(placing: Placing, confidence: number): string {
  const name = `“${placing.variant}”`
  const better = placing.primaries.find(({ verdict }) => verdict === 'better')
  const worse = placing.primaries.find(({ verdict }) => verdict === 'worse')
  const open = placing.guardrails.find(({ verdict }) => verdict === 'undecided')
  if (better !== undefined && worse !== undefined) {
    return `${name} is better on one metric and worse on another, which people must weigh: ${describeEffect(better, confidence)}; ${describeEffect(worse, confidence)}.`
  }
  if (better !== undefined && open !== undefined) {
    return (
      `${name} is better, but a guardrail is still open: ${describeEffect(better, confidence)}; ` +
      `${open.metric.name} is ${formatRange(open.comparison, open.metric)} where ${formatMargin(open)} is allowed.`
    )
  }
  const undecided = placing.primaries.find(({ verdict }) => verdict === 'undecided')
  return `Too early to tell. ${name}: ${describeEffect(undecided, confidence)}.`
}

/** Why nothing that the test shows should be believed. */
export function describeInvalidity(reasons: readonly InvalidReason[]): string {
  return `The results cannot be trusted: ${reasons.map(describeReason).join('; ')}.`
}

/** `solved is 78.1 % instead of 73 %, 5.1 points more (95 % sure: between …; 4,210 units)`. */
function describeEffect(finding: Finding | undefined, confidence: number): string {
  if (finding === undefined) return 'nothing was measured yet'
  const { metric, comparison } = finding
  if (!Number.isFinite(comparison.lower) && !Number.isFinite(comparison.upper)) {
    return `${metric.name} has too few units yet, ${formatCount(unitsOf(finding))}`
  }
  const range = formatRange(comparison, metric)
  return `${formatValues(finding)}, ${formatEffect(comparison.effect, metric)} (${formatSureness(finding, confidence, range)})`
}

function formatValues({ metric, comparison }: Finding): string {
  const [value, before] = [comparison.value, metric.production.value].map((each) => formatValue(each, metric.unit))
  return `${metric.name} is ${value} instead of ${before}`
}

function formatMargin({ metric }: Finding): string {
  if (metric.role.type !== 'guardrail') return ''
  const direction = metric.direction === 'higher-is-better' ? 'less' : 'more'
  return metric.role.margin === 0 ? `no change for the worse` : `${formatSize(metric.role.margin, metric)} ${direction}`
}

function formatSureness(finding: Finding, confidence: number, range?: string): string {
  const sure = `${formatNumber(confidence * 100)} % sure`
  return `${range === undefined ? sure : `${sure}: ${range}`}; ${formatCount(unitsOf(finding))} units`
}

function unitsOf({ metric, comparison }: Finding): number {
  return comparison.count + metric.production.count
}

/** How far the interval reaches, either way. */
function reach({ metric, comparison }: Finding): number {
  const { lower, upper } = toGain(metric, comparison)
  const smallest = metric.role.type === 'primary' ? metric.role.smallestEffect : 1
  return Math.max(Math.abs(lower), Math.abs(upper)) / smallest
}

function describeReason(reason: InvalidReason): string {
  switch (reason.type) {
    case 'sample-ratio-mismatch': {
      const chance = reason.pValue < 1e-6 ? 'p below 0.000001' : `p = ${formatNumber(reason.pValue)}`
      return `the variants did not get the shares of units that they should have, ${STAGES[reason.stage]} (${chance})`
    }
    case 'contamination':
      return `${formatNumber(reason.rate * 100)} % of the calls were answered by another variant after a failure, and ${formatNumber(reason.limit * 100)} % is the limit`
    case 'units-in-two-variants':
      return `${formatCount(reason.units)} units, ${formatNumber(reason.share * 100)} %, saw two variants, and ${formatNumber(reason.limit * 100)} % is the limit`
    default:
      return reason satisfies never
  }
}

const STAGES: Record<SampleStage, string> = {
  assigned: 'already when they were assigned',
  exposed: 'from their first call on',
  answered: 'among those that were answered',
  scored: 'among those that were scored',
}
