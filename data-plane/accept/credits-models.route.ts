import type { FastifyInstance } from 'fastify'
import type { TokenRates } from '../../shared/money/price.ts'
import { priceAt } from '../../shared/money/price-schedule.ts'
import type { ServeLookup } from '../serve-lookup.ts'
import type { Candidate } from '../snapshot/workspace-view.ts'
import { nameOpenRouterModel } from './credits.surface.ts'
import { visibleModels } from './models.route.ts'
import { fault } from './request-fields.ts'

interface CreditsModelsRoute {
  readonly path: string
  readonly lookUp: ServeLookup
  /** Milliseconds since the epoch: prices are those of the moment. */
  readonly now: () => number
}

const LONGEST_SEARCH = 200

/**
 * The models of the credits API as OpenRouter lists them; with `search`, those whose id or name holds it, in letters of
 * either case. Prices are the providers', in US dollars a token, as text; the workspace's markup comes on top.
 */
export function routeCreditsModels(app: FastifyInstance, { path, lookUp, now }: CreditsModelsRoute): void {
  app.get<{ Querystring: { search?: unknown } }>(path, (request, reply) =>
    lookUp({ request, reply }, (caller) => {
      const wanted = readSearch(request.query.search ?? '')
      const models = visibleModels(caller)
        .filter(({ model }) => model.kind === 'chat')
        .map((candidate) => describeModel(candidate, now()))
        .filter(({ id, name }) => id.toLowerCase().includes(wanted) || name.toLowerCase().includes(wanted))
      return { count: models.length, models }
    }),
  )
}

function readSearch(search: unknown): string {
  if (typeof search === 'string' && search.length <= LONGEST_SEARCH) return search.toLowerCase()
  throw fault('search', `must be one text of at most ${LONGEST_SEARCH} characters`)
}

function describeModel(candidate: Candidate, at: number) {
  const { model, endpoint } = candidate
  const rates = endpoint.price && priceAt(endpoint.price, at).rates
  return {
    id: nameOpenRouterModel(candidate),
    name: model.name,
    context_length: model.contextWindow,
    pricing: {
      prompt: perToken(rates, 'input'),
      completion: perToken(rates, 'output'),
      input_cache_read: perToken(rates, 'cacheRead'),
      input_cache_write: perToken(rates, 'cacheWrite'),
    },
    top_provider: { context_length: model.contextWindow, max_completion_tokens: model.maxOutputTokens },
  }
}

/** A rate is nano-dollars for a million tokens: so many digits stand behind the point of dollars a token. */
const DIGITS = 15

/** In digits that are exact; a price that is not known is null. */
function perToken(rates: TokenRates | null, rate: 'input' | 'output' | 'cacheRead' | 'cacheWrite'): string | null {
  const nanodollars = rates?.[rate] ?? null
  if (nanodollars === null) return null
  const digits = String(nanodollars).padStart(DIGITS + 1, '0')
  return `${digits.slice(0, -DIGITS)}.${digits.slice(-DIGITS)}`.replace(/\.?0+$/, '')
}
