import type { ChatRequest } from '../../shared/llm/chat-request.ts'
import { nanodollars, scaleByMillionths, toDollars, ZERO, type Nanodollars } from '../../shared/money/nanodollars.ts'
import { priceWorstCase } from '../../shared/money/price.ts'
import { budgetExceeded, notReady } from '../errors.ts'
import type { LeaseKeeper } from '../leases/lease-keeper.ts'
import type { RequestContext } from '../request-context.ts'
import type { Candidate, WorkspaceView } from '../snapshot/workspace-view.ts'

/**
 * Takes the worst case of a call off the workspace's balance before any upstream is asked, so that calls under way can
 * never spend more than is there. Mostly that is a subtraction in this process's lease; Redis is asked where the lease has
 * too little. A call on the workspace's own credential costs no credits and reserves nothing.
 */

/** Where neither the request nor the catalog bounds the answer: the longest that models commonly give. */
const UNKNOWN_OUTPUT_TOKENS = 16_384
/** An image, a file or a sound can stand in a request as a short URL; no vendor counts more tokens for one. */
const TOKENS_PER_ATTACHMENT = 32_768
const ATTACHMENT = /"type"\s*:\s*"(?:image_url|input_audio|file|video_url)"/g

/**
 * Where the balance does not cover every candidate, those it does cover are left: the first choice must not be refused
 * because a dear fallback stands behind it.
 *
 * @returns the candidates whose worst case is held
 * @throws SignalboxError `budget_exceeded` when the balance does not cover the worst case; `service_unavailable` when
 *   no balance is known, or Redis is away and the lease has too little
 */
export async function reserveCredits(
  context: RequestContext,
  { workspace, candidates, choiceIsOurs = true }: Reserving,
  leases: LeaseKeeper,
): Promise<readonly Candidate[]> {
  const inputTokens = boundInputTokens(context.body)
  const worstCases = candidates.map((candidate) => {
    const draft = context.drafts?.get(candidate)
    return draft
      ? worstCase(context, candidate, { workspace, request: draft.request, inputTokens: boundInputTokens(draft.body) })
      : worstCase(context, candidate, { workspace, request: context.request, inputTokens })
  })
  const amount = nanodollars(Math.max(...worstCases))
  if (amount === NO_CREDITS) return candidates
  const outcome = await leases.reserve(workspace.workspaceId, amount)
  switch (outcome.type) {
    case 'reserved':
      context.reservation = { type: 'held', amount, leaseId: leases.leaseId }
      return candidates
    case 'insufficient': {
      const most = Math.min(outcome.available, amount - 1)
      const covered = candidates.filter((_candidate, index) => (worstCases[index] ?? 0) <= most)
      if (!choiceIsOurs) throw tooLittle(amount, outcome.available)
      if (covered.length === 0) throw tooLittle(nanodollars(Math.min(...worstCases)), outcome.available)
      return reserveCredits(context, { workspace, candidates: covered }, leases)
    }
    case 'unknown':
      throw notReady({ what: 'find the balance of the workspace' })
    case 'away':
      throw notReady({ what: 'check the balance of the workspace' })
    default:
      return outcome satisfies never
  }
}

interface Reserving {
  readonly workspace: WorkspaceView
  readonly candidates: readonly Candidate[]
  /** False: somebody else chooses among the candidates, so that all must be covered. */
  readonly choiceIsOurs?: boolean
}

/** What a call costs that is not paid for with credits. */
const NO_CREDITS = -1

/** The most that a candidate can cost the workspace; `NO_CREDITS` where it pays its provider itself. */
function worstCase({ kind }: RequestContext, candidate: Candidate, facts: CostFacts): number {
  if (candidate.paidBy !== 'credits' || !candidate.endpoint.price) return NO_CREDITS
  const { input, output } = boundTokens(kind, candidate, facts)
  const cost = priceWorstCase(input, output, candidate.endpoint.price) ?? ZERO
  return scaleByMillionths(cost, facts.workspace.settings.markupMillionths)
}

interface CostFacts {
  readonly workspace: WorkspaceView
  /** As this candidate is asked. */
  readonly request: unknown
  /** A bound that the prompt does not pass. */
  readonly inputTokens: number
}

/** A token is at least one byte of the request. */
function boundInputTokens(body: Buffer): number {
  return body.length + TOKENS_PER_ATTACHMENT * countAttachments(body)
}

/** Bounds that are never passed: no prompt is longer than the window, no answer than what was asked for. */
function boundTokens(
  kind: RequestContext['kind'],
  { model }: Candidate,
  { request: asked, inputTokens }: CostFacts,
): { input: number; output: number } {
  const window = model.contextWindow ?? Number.MAX_SAFE_INTEGER
  const input = Math.min(window, inputTokens)
  if (kind === 'embedding') return { input, output: 0 }
  const request = asked as ChatRequest
  const wanted = request.max_completion_tokens ?? request.max_tokens ?? Number.MAX_SAFE_INTEGER
  const most = Math.min(wanted, model.maxOutputTokens ?? Math.min(window, UNKNOWN_OUTPUT_TOKENS))
  return { input, output: most * (request.n ?? 1) }
}

function countAttachments(body: Buffer): number {
  if (!body.includes('_url"') && !body.includes('"file"') && !body.includes('_audio"')) return 0
  return body.toString('utf8').match(ATTACHMENT)?.length ?? 0
}

function tooLittle(worstCase: Nanodollars, balance: Nanodollars): Error {
  return budgetExceeded({ worstCase: inDollars(worstCase), balance: inDollars(balance) })
}

function inDollars(amount: Nanodollars): string {
  return toDollars(amount).toFixed(6)
}
