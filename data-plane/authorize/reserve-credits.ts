import type { ChatRequest } from '../../shared/llm/chat-request.ts'
import type { CreditBalance } from '../../shared/money/credit-balance.ts'
import { scaleByMillionths, toDollars, ZERO, type Nanodollars } from '../../shared/money/nanodollars.ts'
import { priceWorstCase } from '../../shared/money/price.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { budgetExceeded, notReady } from '../errors.ts'
import type { LocalBalances } from '../local-balances.ts'
import type { RequestContext } from '../request-context.ts'
import type { Candidate, WorkspaceView } from '../snapshot/workspace-view.ts'

/**
 * Takes the worst case of a call off the workspace's balance before any upstream is asked, so that calls under way can
 * never spend more than is there. A call on the workspace's own credential costs no credits and reserves nothing.
 */

interface ReserveDeps {
  readonly credits: CreditBalance
  readonly localBalances: LocalBalances
  readonly logger: Logger
  /** How long a reservation may outlive its call before it is given back. */
  readonly reservationMs: number
}

/** Where neither the request nor the catalog bounds the answer: the longest that models commonly give. */
const UNKNOWN_OUTPUT_TOKENS = 16_384
/** An image, a file or a sound can stand in a request as a short URL; no vendor counts more tokens for one. */
const TOKENS_PER_ATTACHMENT = 32_768
const ATTACHMENT = /"type"\s*:\s*"(?:image_url|input_audio|file|video_url)"/g

/**
 * @throws SignalboxError `budget_exceeded` when the balance does not cover the worst case; `service_unavailable` when
 *   no balance is known
 */
export async function reserveCredits(
  context: RequestContext,
  { workspace, candidates }: { workspace: WorkspaceView; candidates: readonly Candidate[] },
  deps: ReserveDeps,
): Promise<void> {
  const amount = dearestWorstCase(context, workspace, candidates)
  if (amount === null) return
  const { workspaceId } = workspace
  const deadline = context.startedAt + deps.reservationMs
  let result
  try {
    result = await deps.credits.reserve(workspaceId, { generationId: context.id, amount, deadline })
  } catch (error) {
    deps.logger.warn({ workspaceId, err: error }, 'Redis is away: reserving from the last known balance')
    reserveLocally(context, { workspaceId, amount }, deps.localBalances)
    return
  }
  if (result.type === 'unknown') throw notReady({ what: 'find the balance of the workspace' })
  deps.localBalances.remember(workspaceId, result.balance)
  if (result.type === 'insufficient') throw tooLittle(amount, result.balance)
  context.reservation = { type: 'held', amount }
}

function reserveLocally(
  context: RequestContext,
  { workspaceId, amount }: { workspaceId: string; amount: Nanodollars },
  localBalances: LocalBalances,
): void {
  const { type, balance } = localBalances.hold(workspaceId, amount)
  if (type === 'unknown') throw notReady({ what: 'check the balance of the workspace' })
  if (type === 'insufficient') throw tooLittle(amount, balance)
  context.reservation = { type: 'local', amount }
}

/** Null: no candidate is paid for with credits. */
function dearestWorstCase(
  context: RequestContext,
  workspace: WorkspaceView,
  candidates: readonly Candidate[],
): Nanodollars | null {
  let dearest: Nanodollars | null = null
  for (const candidate of candidates) {
    if (candidate.paidBy !== 'credits' || !candidate.endpoint.price) continue
    const { input, output } = boundTokens(context, candidate)
    const cost = priceWorstCase(input, output, candidate.endpoint.price) ?? ZERO
    const charge = scaleByMillionths(cost, workspace.settings.markupMillionths)
    if (dearest === null || charge > dearest) dearest = charge
  }
  return dearest
}

/** Bounds that are never passed: a token is at least one byte of the request, and no prompt is longer than the window. */
function boundTokens(context: RequestContext, { model }: Candidate): { input: number; output: number } {
  const window = model.contextWindow ?? Number.MAX_SAFE_INTEGER
  const input = Math.min(window, context.body.length + TOKENS_PER_ATTACHMENT * countAttachments(context.body))
  if (context.kind === 'embedding') return { input, output: 0 }
  const request = context.request as ChatRequest
  const asked = request.max_completion_tokens ?? request.max_tokens ?? Number.MAX_SAFE_INTEGER
  const most = Math.min(asked, model.maxOutputTokens ?? Math.min(window, UNKNOWN_OUTPUT_TOKENS))
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
