import { GATEWAY_NAMES } from '../../shared/llm/gateway-names.ts'
import type { RoutingDecision } from '../../shared/llm/routing-decision.ts'
import type { GenerationAttempt } from '../../shared/queues/generations.queue.ts'
import { inOnePiece } from '../../shared/runtime/in-one-piece.ts'
import type { RequestContext } from '../request-context.ts'
import type { Candidate } from '../snapshot/workspace-view.ts'

/**
 * The `routing` block of an answer: what was chosen and why, what was tried, and which answered. It never holds an
 * upstream's own words, nor which credential was used.
 *
 * `fallback_used`: another candidate answered than the first one asked, or another model than the first choice. A
 * candidate is a model at a provider by a credential; a second try at the same one is no fallback.
 */
export function routingBlock(context: RequestContext): object {
  const { candidate, decision, attempts, workspace, outputVerdict } = context
  if (!candidate || !decision) return {}
  const [first] = attempts
  return {
    routing: {
      selected: candidate.model.id,
      objective: decision.objective,
      candidates_considered: decision.candidatesConsidered,
      reason: inOnePiece(decision.reason + tellFallback(decision, attempts, candidate)),
      fallback_used: decision.model !== candidate.model.id || (first !== undefined && !isBy(first, candidate)),
      attempts: attempts.map(tellAttempt),
      revision: workspace?.revision.slice(0, REVISION_LENGTH) ?? null,
      schema_valid: VERDICTS[outputVerdict.type],
      schema_violation: outputVerdict.type === 'violates' ? outputVerdict.fault : undefined,
    },
  }
}

/** Enough to tell revisions apart; the control plane lists them by their whole name, which begins so. */
const REVISION_LENGTH = 12

/** Null: there was nothing to hold to the form (a refusal, a tool call, an answer that was cut short). */
const VERDICTS = { 'not-asked': undefined, conforms: true, violates: false, unchecked: null } as const

function tellAttempt({ gateway, upstreamModel, outcome, status, durationMs }: GenerationAttempt): object {
  return { gateway, model: upstreamModel, outcome, status, duration_ms: durationMs }
}

function isBy(
  { gateway, upstreamModel, credentialId }: GenerationAttempt,
  { endpoint, credential }: Candidate,
): boolean {
  return gateway === endpoint.gateway && upstreamModel === endpoint.upstreamModel && credentialId === credential.id
}

/** The reason speaks of the first choice; where another answered, it goes on to say so. */
function tellFallback(
  { model: chosen }: RoutingDecision,
  attempts: readonly GenerationAttempt[],
  by: Candidate,
): string {
  const selected = by.model.id
  if (chosen !== selected) {
    const last = attempts.findLast(({ model }) => model === chosen)
    return `; ${chosen} ${last ? tellOutcome(last) : 'could not be asked at the moment'}, so ${selected} answered`
  }
  const [first] = attempts
  if (!first || isBy(first, by)) return ''
  const name = GATEWAY_NAMES[by.endpoint.gateway]
  if (first.gateway !== by.endpoint.gateway) return `; ${nameOf(first)} ${tellOutcome(first)}, so ${name} answered`
  return `; its first endpoint ${tellOutcome(first)}, so another at ${name} answered`
}

/** A record holds plain text, for it outlives the gateways there are today. */
function nameOf({ gateway }: GenerationAttempt): string {
  return GATEWAY_NAMES[gateway as keyof typeof GATEWAY_NAMES]
}

function tellOutcome({ outcome }: GenerationAttempt): string {
  return WHAT_HAPPENED.get(outcome) ?? 'did not answer'
}

const WHAT_HAPPENED: ReadonlyMap<string, string> = new Map([
  ['timeout', 'did not answer in time'],
  ['connection', 'could not be reached'],
  ['unavailable', 'failed'],
  ['rate-limit', 'was over its rate limit'],
  ['model', 'was not found at its provider'],
  ['credential', 'refused the credential'],
  ['context-length', 'does not hold so long a prompt'],
  ['untranslatable', 'cannot be asked this'],
  ['invalid-output', 'gave an answer that does not conform'],
])
