import type { Gateway } from '../../shared/llm/gateways.ts'
import type { Objective } from '../../shared/llm/routing-vocabulary.ts'
import type { Ask } from './ask.ts'
import { expectedCost } from './expected-cost.ts'
import { predictQuality } from './quality/predict-quality.ts'
import { REJECTION, rejectByHealth, rejectChoice, type Minding, type Rejection } from './reject-candidate.ts'
import type { ModelFacts, Pool, Row } from './routing-table.ts'

/**
 * Which models serve a request best. One pass over the candidates, one over their models; the arrays it works in belong
 * to the process and are used again for the next request, for nothing here waits.
 *
 * Of the models whose expected quality reaches a share of the best one's, the cheapest is taken, or the fastest: the
 * objectives differ in the share and in what is compared. A plain ratio of quality and price would always end at the
 * cheapest model there is: quality differs by a factor of two, prices differ by a factor of a hundred.
 */

/** The share of the best expected quality that a model must reach to be chosen for something else than quality. */
export const FLOOR_SHARE: Readonly<Record<Objective, number>> = {
  'quality-per-dollar': 0.9,
  'lowest-latency': 0.8,
  'lowest-cost': 0.7,
  'highest-quality': 1,
}

/** The first choice, and two to go on with where it fails. */
const MODELS_KEPT = 3
/** Two qualities closer than this are one: what differs beyond it is rounding. */
const SAME = 1e-9

/** A view of the arrays below: valid until the next request is ranked. */
export interface Ranking {
  readonly pool: Pool
  readonly minding: Minding
  /** Best first. */
  readonly models: readonly ModelFacts[]
  /** Candidates that meet every condition, and how many models they belong to. */
  readonly considered: number
  readonly modelsConsidered: number
  readonly modelsAboveFloor: number
  readonly bestQuality: number
  readonly floor: number
  rejectionOf(index: number): Rejection
  qualityOf(model: ModelFacts): number
  /** At its cheapest provider, in nano-dollars. */
  costOf(model: ModelFacts): number
  /** At its fastest provider. */
  latencyOf(model: ModelFacts): number
  /** The best model that can be reached by another gateway; null: there is none. */
  bestElsewhere(gateway: Gateway): ModelFacts | null
}

export function rankModels(pool: Pool, ask: Ask, minding: Minding): Ranking {
  prepare(pool)
  let considered = 0
  for (let index = 0; index < pool.rows.length; index += 1) {
    const row = pool.rows[index]
    if (!row) continue
    const rejection = rejectChoice(row, ask) || rejectByHealth(row, ask, minding)
    rejections[index] = rejection
    if (rejection !== REJECTION.none) continue
    considered += 1
    note(row, ask, minding)
  }
  const { bestQuality, modelsConsidered } = measure(pool)
  const floor = bestQuality * FLOOR_SHARE[ask.policy.objective] - SAME
  const order = { objective: ask.policy.objective, floor }
  let modelsAboveFloor = 0
  const models: ModelFacts[] = []
  for (const model of pool.models) {
    if (seen[model.index] === 0) continue
    if ((quality[model.index] ?? 0) >= floor) modelsAboveFloor += 1
    insert(models, model, order)
  }
  return {
    pool,
    minding,
    models,
    considered,
    modelsConsidered,
    modelsAboveFloor,
    bestQuality,
    floor,
    rejectionOf: (index) => (rejections[index] ?? 0) as Rejection,
    qualityOf: ({ index }) => quality[index] ?? 0,
    costOf: ({ index }) => cost[index] ?? Infinity,
    latencyOf: ({ index }) => latency[index] ?? Infinity,
    bestElsewhere: (gateway) => findElsewhere(pool, gateway, order),
  }
}

let rejections = new Uint8Array(0)
let seen = new Uint8Array(0)
let quality = new Float64Array(0)
let cost = new Float64Array(0)
let latency = new Float64Array(0)

function prepare({ rows, models }: Pool): void {
  if (rejections.length < rows.length) rejections = new Uint8Array(2 * rows.length)
  if (seen.length < models.length) {
    seen = new Uint8Array(2 * models.length)
    quality = new Float64Array(2 * models.length)
    cost = new Float64Array(2 * models.length)
    latency = new Float64Array(2 * models.length)
  }
  seen.fill(0, 0, models.length)
}

function note(row: Row, ask: Ask, minding: Minding): void {
  const { index, quality: known } = row.facts
  if (seen[index] === 0) {
    seen[index] = 1
    quality[index] = predictQuality(known, ask.taskIndex, ask.prompt)
    cost[index] = Infinity
    latency[index] = Infinity
  }
  cost[index] = Math.min(cost[index] ?? Infinity, expectedCost(row, ask))
  if (minding !== 'nothing')
    latency[index] = Math.min(latency[index] ?? Infinity, row.health.firstTokenP50Ms ?? Infinity)
}

function measure({ models }: Pool): { bestQuality: number; modelsConsidered: number } {
  let bestQuality = 0
  let modelsConsidered = 0
  for (const { index } of models) {
    if (seen[index] === 0) continue
    modelsConsidered += 1
    bestQuality = Math.max(bestQuality, quality[index] ?? 0)
  }
  return { bestQuality, modelsConsidered }
}

interface Order {
  readonly objective: Objective
  readonly floor: number
}

function findElsewhere({ rows }: Pool, gateway: Gateway, order: Order): ModelFacts | null {
  let best: ModelFacts | null = null
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index]
    if (!row || rejections[index] !== REJECTION.none || row.candidate.endpoint.gateway === gateway) continue
    if (best === null || compare(row.facts, best, order) < 0) best = row.facts
  }
  return best
}

/** Keeps the best few in order. */
function insert(models: ModelFacts[], model: ModelFacts, order: Order): void {
  let place = models.length
  for (; place > 0; place -= 1) {
    const other = models[place - 1]
    if (other && compare(model, other, order) >= 0) break
  }
  if (place >= MODELS_KEPT) return
  models.splice(place, 0, model)
  if (models.length > MODELS_KEPT) models.pop()
}

/** Below the floor the better one comes first, whatever the objective: it is there for when the others fail. */
function compare(left: ModelFacts, right: ModelFacts, { objective, floor }: Order): number {
  const leftQuality = quality[left.index] ?? 0
  const rightQuality = quality[right.index] ?? 0
  const isAbove = leftQuality >= floor
  if (isAbove !== rightQuality >= floor) return isAbove ? -1 : 1
  const byQuality = difference(rightQuality, leftQuality)
  const byCost = difference(cost[left.index], cost[right.index])
  const byLatency = objective === 'lowest-latency' ? difference(latency[left.index], latency[right.index]) : 0
  if (left === right) return 0
  const usual = !isAbove || objective === 'highest-quality' ? byQuality || byCost : byLatency || byCost || byQuality
  // Whatever was asked for before, the same candidates give the same choice.
  return usual || (left.model.id < right.model.id ? -1 : 1)
}

/** Nought where two numbers are the same but for rounding, or both are unknown. */
function difference(left = Infinity, right = Infinity): number {
  if (left === right) return 0
  const gap = left - right
  return Math.abs(gap) <= SAME ? 0 : gap
}
