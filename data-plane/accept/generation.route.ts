import type { FastifyInstance } from 'fastify'
import type { FoundGeneration } from '../../shared/queues/find-generation.queue.ts'
import { nanodollars, toDollars } from '../../shared/money/nanodollars.ts'
import { toCredits } from '../../shared/money/credits.ts'
import { generationNotFound, notReady } from '../errors.ts'
import type { ServeLookup } from '../serve-lookup.ts'
import type { WorkspaceView } from '../snapshot/workspace-view.ts'
import { nameOpenRouterModel } from './credits.surface.ts'
import { readGenerationId } from './generation-id.ts'
import { requireText } from './request-fields.ts'

interface GenerationRoute {
  readonly path: string
  readonly lookUp: ServeLookup
  /** Rejects where nobody could say in time. */
  readonly findGeneration: (sought: { workspaceId: string; generationId: string }) => Promise<FoundGeneration>
}

const LONGEST_SHOWN_ID = 64

/** What one of the workspace's calls cost and used, by the id that its answer had. */
export function routeGeneration(app: FastifyInstance, { path, lookUp, findGeneration }: GenerationRoute): void {
  app.get<{ Querystring: Record<string, unknown> }>(path, (request, reply) =>
    lookUp({ request, reply }, async ({ workspace }) => {
      const id = requireText(request.query, 'id')
      const unknown = () => generationNotFound({ id: id.slice(0, LONGEST_SHOWN_ID) }, { param: 'id' })
      const generationId = readGenerationId(id)
      // What cannot be an id is the id of no call.
      if (generationId === null) throw unknown()
      const sought = { workspaceId: workspace.workspaceId, generationId }
      const found = await findGeneration(sought).catch((error: unknown) => {
        throw notReady({ what: 'look up the generation' }, { cause: error })
      })
      if (found.type === 'not-found') throw unknown()
      return { data: { ...describe(found.generation, workspace), id } }
    }),
  )
}

type Kept = Extract<FoundGeneration, { type: 'found' }>['generation']

/** OpenRouter's words: https://openrouter.ai/docs/api/api-reference/generations/get-generation */
function describe(kept: Kept, workspace: WorkspaceView): object {
  const { costNanodollars: cost, chargeNanodollars: charge } = kept
  return {
    model: nameModel(kept.model, workspace),
    provider_name: kept.gateway,
    total_cost: cost === null ? null : toDollars(nanodollars(cost)),
    credits_used: toCredits(nanodollars(charge), workspace.settings.creditNanodollars),
    tokens_prompt: kept.promptTokens,
    tokens_completion: kept.completionTokens,
    native_tokens_prompt: kept.promptTokens,
    native_tokens_completion: kept.completionTokens,
    native_tokens_cached: kept.cachedTokens,
    native_tokens_reasoning: kept.reasoningTokens,
    created_at: new Date(kept.startedAt).toISOString(),
    streamed: kept.stream,
    cancelled: kept.status === 'cancelled',
    finish_reason: kept.finishReason,
    generation_time: Math.round(kept.latencyMs),
  }
}

/** With its author, where the model is still one of the workspace's. */
function nameModel(model: string | null, workspace: WorkspaceView): string | null {
  const [candidate] = model === null ? [] : workspace.findCandidates(model)
  return candidate ? nameOpenRouterModel(candidate) : model
}
