import type { AbTestEvidence, DecisionLimits } from './decide-evidence.ts'
import { findAll, type Finding } from './decide-findings.ts'
import {
  describeBreach,
  describeInvalidity,
  describeNoDifference,
  describeRunning,
  describeWinner,
} from './decide-sentences.ts'
import { placeVariants, type RunningReason } from './decide-standings.ts'
import { checkValidity, type InvalidReason } from './decide-validity.ts'

/** The decision, a sentence for people, and every number behind it. */
export type AbTestDecision = DecisionState & {
  readonly sentence: string
  /** Per metric and variant; also where the test is invalid, to be shown with a warning. */
  readonly findings: readonly Finding[]
}

type DecisionState =
  | { readonly state: 'running'; readonly because: RunningReason }
  /** Production, where every variant is worse. */
  | { readonly state: 'winner'; readonly winner: string }
  | { readonly state: 'no-difference-that-matters' }
  /** Variants that must be paused. */
  | { readonly state: 'guardrail-breach'; readonly variants: readonly string[] }
  | { readonly state: 'invalid'; readonly reasons: readonly InvalidReason[] }

/**
 * Decides about a test from what is certain at this look. The first that applies: its data are not to be trusted; a
 * guardrail is breached; a variant wins, or all lose; no variant differs by as much as matters; else it runs on.
 * @throws RangeError for a test without a primary metric or a variant, or a level that is none.
 */
export function decideAbTest(evidence: AbTestEvidence, limits: DecisionLimits = {}): AbTestDecision {
  const { alpha = 0.05 } = limits
  if (!(alpha > 0 && alpha < 1)) throw new RangeError('Alpha lies between 0 and 1.')
  const findings = findAll(evidence.metrics, alpha)
  if (!findings.some(({ metric }) => metric.role.type === 'primary')) {
    throw new RangeError('A decision needs a primary metric and a variant to compare.')
  }
  const reasons = checkValidity(evidence.validity, limits)
  if (reasons.length > 0) return { state: 'invalid', reasons, sentence: describeInvalidity(reasons), findings }

  const confidence = 1 - alpha
  const breaches = findings.filter(({ verdict }) => verdict === 'breached')
  if (breaches.length > 0) {
    const variants = [...new Set(breaches.map(({ comparison }) => comparison.variant))]
    return { state: 'guardrail-breach', variants, sentence: describeBreach(breaches, confidence), findings }
  }
  return conclude(findings, { production: evidence.production, confidence })
}

interface Context {
  readonly production: string
  readonly confidence: number
}

function conclude(findings: readonly Finding[], { production, confidence }: Context): AbTestDecision {
  const placings = placeVariants(findings)
  const [first] = placings
  if (first === undefined) throw new RangeError('A decision needs a variant to compare.')
  const { standing } = first
  switch (standing) {
    case 'wins':
      return { state: 'winner', winner: first.variant, sentence: describeWinner(first, confidence), findings }
    case 'loses':
      return { state: 'winner', winner: production, sentence: describeWinner(first, confidence), findings }
    case 'same':
      return { state: 'no-difference-that-matters', sentence: describeNoDifference(placings, confidence), findings }
    case 'trade-off':
    case 'guardrail-open':
    case 'too-early':
      return { state: 'running', because: standing, sentence: describeRunning(first, confidence), findings }
    default:
      return standing satisfies never
  }
}
