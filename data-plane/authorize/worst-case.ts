import type { ChatRequest } from '../../shared/llm/chat-request.ts'
import { scaleByMillionths, type Nanodollars } from '../../shared/money/nanodollars.ts'
import { priceWorstCase } from '../../shared/money/price.ts'
import { priceAt } from '../../shared/money/price-schedule.ts'
import type { RequestContext } from '../request-context.ts'
import type { Candidate, WorkspaceView } from '../snapshot/workspace-view.ts'

/** Where neither the request nor the catalog bounds the answer: the longest that models commonly give. */
const UNKNOWN_OUTPUT_TOKENS = 16_384
/** An image, a file or a sound can stand in a request as a short URL; no vendor counts more tokens for one. */
const TOKENS_PER_ATTACHMENT = 32_768
/**
 * Of chat completions; and of OpenAI's Responses (https://platform.openai.com/docs/api-reference/responses/create) and
 * Anthropic's Messages (https://docs.anthropic.com/en/api/messages), which are passed on.
 */
const ATTACHED_TYPES = [
  'image_url',
  'input_audio',
  'file',
  'video_url',
  'input_image',
  'input_file',
  'image',
  'document',
]
const ATTACHMENT = new RegExp(`"${asWritten('type')}"\\s*:\\s*"(?:${ATTACHED_TYPES.map(asWritten).join('|')})"`, 'g')
/** What the names of all of them end with. */
const ENDINGS = ['_url"', '_audio"', 'file"', 'image"', '"document"']
/** With what an ASCII character is escaped. */
const ESCAPE = '\\u00'

/**
 * The most that each candidate can cost the workspace: with the markup where it pays in credits, what the provider asks
 * where the credential is its own. Null: its price is not known.
 */
export function worstCases(
  context: RequestContext,
  workspace: WorkspaceView,
  candidates: readonly Candidate[],
): (Nanodollars | null)[] {
  const inputTokens = boundInputTokens(context.body)
  return candidates.map((candidate) => {
    const draft = context.drafts?.get(candidate)
    const asked = draft
      ? { request: draft.request, inputTokens: boundInputTokens(draft.body) }
      : { request: context.request, inputTokens }
    const cost = mostCost(context, candidate, asked)
    if (cost === null || candidate.paidBy !== 'credits') return cost
    return scaleByMillionths(cost, workspace.settings.markupMillionths)
  })
}

interface Asked {
  /** As this candidate is asked. */
  readonly request: unknown
  /** A bound that the prompt does not pass. */
  readonly inputTokens: number
}

function mostCost({ kind, startedAt }: RequestContext, candidate: Candidate, asked: Asked): Nanodollars | null {
  if (!candidate.endpoint.price) return null
  const { input, output } = boundTokens(kind, candidate, asked)
  return priceWorstCase(input, output, priceAt(candidate.endpoint.price, startedAt))
}

/** A token is at least one byte of the request. */
function boundInputTokens(body: Buffer): number {
  return body.length + TOKENS_PER_ATTACHMENT * countAttachments(body)
}

/** Bounds that are never passed: no prompt is longer than the window, no answer than what was asked for. */
function boundTokens(
  kind: RequestContext['kind'],
  { model }: Candidate,
  { request: asked, inputTokens }: Asked,
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
  if (!mayHaveAttachments(body)) return 0
  return body.toString('utf8').match(ATTACHMENT)?.length ?? 0
}

/** A look through the bytes, which is enough for most calls: plain messages have no types. */
function mayHaveAttachments(body: Buffer): boolean {
  if (body.includes(ESCAPE)) return true
  if (!body.includes('"type"')) return false
  return ENDINGS.some((ending) => body.includes(ending))
}

/** What matches a name in JSON, where each letter may be written by its code: nothing is to hide behind that. */
function asWritten(name: string): string {
  return Array.from(name, (letter) => {
    const code = letter.charCodeAt(0).toString(16)
    return `(?:${letter}|\\\\u00(?:${code}|${code.toUpperCase()}))`
  }).join('')
}
