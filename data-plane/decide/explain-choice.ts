import { GATEWAY_NAMES } from '../../shared/llm/gateway-names.ts'
import { NANODOLLARS_PER_DOLLAR } from '../../shared/money/nanodollars.ts'
import type { Ask } from './ask.ts'
import type { Ranking } from './rank-models.ts'
import type { ModelFacts, Row } from './routing-table.ts'

/** Why a model was chosen: a sentence that is true, made from the numbers that decided. Without its full stop. */
export function explainChoice(ranking: Ranking, model: ModelFacts, ask: Ask): string {
  const { id } = model.model
  const within = describeBudget(ask)
  if (ranking.modelsConsidered === 1) return `${id} is the only model that can serve the request${within}`
  if (ask.policy.spreads) {
    return `${id} was drawn: load is spread over the ${aboveFloor(ranking, ask)}${within}`
  }
  switch (ask.policy.objective) {
    case 'highest-quality':
      return explainBest(ranking, model, ask) + within
    case 'lowest-latency':
      // A model for embeddings is not chosen by what is measured, only its provider is.
      return (ranking.minding === 'nothing' ? explainCheapest : explainFastest)(ranking, model, ask) + within
    case 'quality-per-dollar':
    case 'lowest-cost':
      return explainCheapest(ranking, model, ask) + within
    default:
      return ask.policy.objective satisfies never
  }
}

interface NamedFacts {
  readonly ask: Ask
  readonly isFallback: boolean
  /** Whether the workspace named it, and not the request. */
  readonly isInherited: boolean
  /** How many of its providers are failing. */
  readonly failing: number
}

/**
 * Why the first of a named model's providers comes first.
 *
 * @param rows in the order they are tried
 */
export function explainNamed(rows: readonly Row[], { ask, isFallback, isInherited, failing }: NamedFacts): string {
  const [row] = rows
  if (!row) return ''
  const { model, endpoint } = row.candidate
  // A fallback's reason goes on after what is wrong with the models before it.
  const namer = isInherited ? 'the workspace' : 'the request'
  const named = isFallback ? `${namer} names ${model.id} as a fallback` : `The request names ${model.id}`
  if (rows.length === 1) return named
  const provider = GATEWAY_NAMES[endpoint.gateway]
  if (failing === rows.length) return `${named}; all of its ${rows.length} providers are failing at the moment`
  if (failing === rows.length - 1) return `${named}; of its ${rows.length} providers only ${provider} is not failing`
  const { sort } = ask.policy
  if (ask.routing.provider.order.includes(endpoint.gateway)) {
    return `${named}; of its ${rows.length} providers ${provider} comes first by \`provider.order\``
  }
  if (sort !== null) return `${named}; of its ${rows.length} providers ${provider} ${SORTED[sort]}`
  return `${named}; of its ${rows.length} providers ${provider} was drawn, weighted to price and uptime`
}

const SORTED = {
  price: 'is expected to cost least',
  latency: 'comes first by measured latency',
  throughput: 'comes first by measured throughput',
} as const

function explainBest(ranking: Ranking, model: ModelFacts, ask: Ask): string {
  const { id } = model.model
  const quality = qualityOf(ranking, model)
  if (ranking.modelsAboveFloor === 1) {
    return `${id} has the highest expected quality of ${ranking.modelsConsidered} models${forTask(ask)}, ${quality}`
  }
  const those = `${ranking.modelsAboveFloor} models with the highest expected quality${forTask(ask)}, ${quality}`
  return Number.isFinite(ranking.costOf(model)) ? `${id} costs least of the ${those}` : `${id} is one of the ${those}`
}

function explainCheapest(ranking: Ranking, model: ModelFacts, ask: Ask): string {
  const { id } = model.model
  const cost = ranking.costOf(model)
  const quality = qualityOf(ranking, model)
  if (!Number.isFinite(cost)) {
    return `${id} has the highest expected quality, ${quality}, of the ${aboveFloor(ranking, ask)}, none of which has a known price`
  }
  const from = `at about $${inDollars(cost)} for this call`
  if (ranking.modelsAboveFloor === 1) {
    return `${id} alone comes within ${share(ranking)} of the best expected quality${forTask(ask)}: ${quality}, ${from}`
  }
  return `${id} costs least of the ${aboveFloor(ranking, ask)}: ${quality}, ${from}`
}

function explainFastest(ranking: Ranking, model: ModelFacts, ask: Ask): string {
  const latency = ranking.latencyOf(model)
  // The same rule without its first comparison, and it says so.
  if (!Number.isFinite(latency)) return `No latency is measured yet, and ${explainCheapest(ranking, model, ask)}`
  const fastest = `${Math.round(latency)} ms to the first token`
  if (ranking.modelsAboveFloor === 1) {
    return `${model.model.id} alone comes within ${share(ranking)} of the best expected quality${forTask(ask)}, at ${fastest}`
  }
  return `${model.model.id} is fastest of the ${aboveFloor(ranking, ask)}: ${fastest}`
}

/** `4 models within 10% of the best expected quality for coding (0.90)` */
function aboveFloor(ranking: Ranking, ask: Ask): string {
  const models = ranking.modelsAboveFloor === 1 ? '1 model' : `${ranking.modelsAboveFloor} models`
  return `${models} within ${share(ranking)} of the best expected quality${forTask(ask)} (${ranking.bestQuality.toFixed(2)})`
}

function share({ floor, bestQuality }: Ranking): string {
  return `${Math.round((1 - floor / bestQuality) * 100)}%`
}

function forTask({ taskClass, kind }: Ask): string {
  return taskClass === null || kind === 'embedding' ? '' : ` for ${taskClass}`
}

/** With what stands behind the number, for a prior must not be taken for a measurement. */
function qualityOf(ranking: Ranking, model: ModelFacts): string {
  const { scoreCount, isRated } = model.quality
  const value = ranking.qualityOf(model).toFixed(2)
  if (scoreCount > 0) return `${value} by ${scoreCount} of your own scores`
  return isRated ? `${value} by public ranking` : `${value}, unrated`
}

function describeBudget({ routing }: Ask): string {
  const limits: string[] = []
  if (routing.maxLatencyMs !== null) limits.push(`${routing.maxLatencyMs} ms`)
  if (routing.maxCostNanodollars !== null) limits.push(`$${inDollars(routing.maxCostNanodollars)}`)
  return limits.length === 0 ? '' : `, within ${limits.join(' and ')}`
}

/** Two figures are what an estimate has. */
function inDollars(amount: number): string {
  const dollars = amount / NANODOLLARS_PER_DOLLAR
  if (dollars === 0) return '0'
  const places = Math.min(9, Math.max(2, 1 - Math.floor(Math.log10(dollars))))
  return dollars.toFixed(places)
}
