import { toOpenAiUsage } from '../../shared/llm/usage.ts'
import { toCredits } from '../../shared/money/credits.ts'
import { nanodollars, toDollars } from '../../shared/money/nanodollars.ts'
import { priceCall } from '../price-call.ts'
import type { Dialect, RequestContext } from '../request-context.ts'
import type { Candidate } from '../snapshot/workspace-view.ts'
import { writeCreditsError } from './credits-errors.ts'
import { parseCreditsRequest } from './parse-credits-request.ts'
import { parseEmbeddingsRequest } from './parse-embeddings-request.ts'
import { parseRouting } from './parse-routing.ts'

/**
 * The credits API: OpenRouter's request and answer, with what the call cost in US dollars, and in credits what was used
 * and what is left. It is told when it is known: on a whole answer, and on the last chunk of every stream.
 */
export const credits: Dialect = {
  surface: 'credits',
  idPrefix: 'gen-',
  parseChat: parseCreditsRequest,
  parseEmbeddings(body) {
    const request = parseEmbeddingsRequest(body)
    return { request, routing: parseRouting(request) }
  },
  writeError: writeCreditsError,
  nameModel: nameOpenRouterModel,
  decoration: () => ({}),
  closing: tellCredits,
}

/** A model as OpenRouter names them: `author/id`. */
export function nameOpenRouterModel({ model }: Pick<Candidate, 'model'>): string {
  return model.id.includes('/') ? model.id : `${model.author}/${model.id}`
}

function tellCredits(context: RequestContext, provided: unknown): object {
  const { workspace, usage, finishReason } = context
  if (!workspace) return {}
  const { creditNanodollars } = workspace.settings
  const { cost, charge } = priceCall(context)
  const remaining = context.balance?.() ?? null
  const counts = provided ?? (usage && toOpenAiUsage(usage)) ?? {}
  return {
    usage: { ...counts, cost: cost === null ? null : toDollars(cost) },
    credits_used: toCredits(charge, creditNanodollars),
    // What a workspace owes is not told as less than nothing.
    credits_remaining:
      remaining === null ? null : toCredits(nanodollars(Math.max(0, remaining - charge)), creditNanodollars),
    ...(finishReason === 'length' && { truncated: true }),
  }
}
