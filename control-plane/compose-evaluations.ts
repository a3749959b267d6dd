import type { Connection } from 'mongoose'
import type { Environment } from './environment.ts'
import type { AbTestsReadModel } from './modules/ab-tests/index.ts'
import type { AlertsService, NewAlert } from './modules/alerts/index.ts'
import type { CatalogReadModel } from './modules/catalog/index.ts'
import { createEvaluationsModule, evidenceOf, type JudgePrice, type ScoredCall } from './modules/evaluations/index.ts'
import type { PricesReadModel } from './modules/prices/index.ts'
import type { RequestLogsReadModel } from './modules/request-logs/index.ts'
import type { WorkspacesReadModel } from './modules/workspaces/index.ts'
import type { Queues } from './open-queues.ts'
import { RecentMap } from '../shared/ab-tests/recent-map.ts'
import { overlayPrices } from '../shared/money/price-schedule.ts'
import { evaluateGenerationQueue, judgeGenerationQueue } from '../shared/queues/evaluations.queue.ts'
import type { Redis } from '../shared/redis/connect.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { CreateId } from '../shared/runtime/id.ts'

interface Deps {
  readonly connection: Connection
  readonly redis: Redis
  readonly environment: Environment
  readonly queues: Queues
  readonly clock: Clock
  readonly createId: CreateId
}

interface Neighbours {
  readonly abTests: AbTestsReadModel
  readonly alerts: AlertsService
  readonly catalog: CatalogReadModel
  readonly findGeneration: (workspaceId: string, id: string) => ReturnType<RequestLogsReadModel['find']>
  readonly workspaces: WorkspacesReadModel
  readonly prices: Pick<PricesReadModel, 'overridesForSnapshot'>
}

/** Builds the module of evaluations, and joins it to what it asks of other modules and of queues. */
export function composeEvaluations(
  deps: Deps,
  { abTests, alerts, catalog, workspaces, prices, ...others }: Neighbours,
) {
  const { connection, redis, environment, queues, clock, createId } = deps
  const evaluate = queues.open(evaluateGenerationQueue)
  const judge = queues.open(judgeGenerationQueue)
  return createEvaluationsModule({
    connection,
    redis,
    judges: environment,
    requireAbTest: async (workspaceId, abTestId) => void (await abTests.get(workspaceId, abTestId)),
    findCall: async (workspaceId, id) => toCall(await others.findGeneration(workspaceId, id)),
    findJudgePrice: createFindJudgePrice({ catalog, workspaces, prices, clock }),
    contentRetentionDays: workspaces.contentRetentionDays,
    alertOfJudgeBudget: (workspaceId) => alerts.raise(budgetAlert(workspaceId)),
    // One job at a time for each: records that come twice have nothing done twice.
    enqueueEvaluation: (workspaceId, generationId) =>
      evaluate.send({ workspaceId, generationId }, { jobId: generationId }),
    enqueueJudgement: (workspaceId, generationId, metricId) =>
      judge.send({ workspaceId, generationId, metricId }, { jobId: `${generationId}-${metricId}` }),
    clock,
    createId,
  })
}

function toCall(found: Awaited<ReturnType<RequestLogsReadModel['find']>>): ScoredCall | null {
  if (!found?.exposure) return null
  const { abTestId, variantId, unitId } = found.exposure
  const evidence = evidenceOf(found, found.content?.messages)
  const { workspaceId, _id: generationId, startedAt: at } = found
  return { workspaceId, generationId, abTestId, variantId, unitId, at, evidence }
}

function budgetAlert(workspaceId: string): NewAlert {
  const kind = 'judge_budget_exhausted'
  return { workspaceId, kind, subject: workspaceId, message: BUDGET_EXHAUSTED, owner: 'config' }
}

const BUDGET_EXHAUSTED =
  "The month's budget for judges is used up: answers that were to be judged are not. They are listed " +
  '(failedJudgements) and can be judged later (retryFailedJudgement). Raise the budget (updateJudgeBudget) or lower ' +
  'the sampling rates of the metrics.'

/** A catalog has thousands of models, and a price rarely changes. */
const PRICES_KEPT_MS = 10_000
const MOST_PRICES = 1_000

type PriceSources = Pick<Neighbours, 'catalog' | 'workspaces' | 'prices'> & Pick<Deps, 'clock'>

function createFindJudgePrice({ catalog, workspaces, prices, clock }: PriceSources) {
  const known = new RecentMap<{ readonly at: number; readonly price: JudgePrice | null }>(MOST_PRICES)

  /** @param model with its gateway before it */
  return async (workspaceId: string, model: string): Promise<JudgePrice | null> => {
    const key = `${workspaceId} ${model}`
    const before = known.get(key)
    if (before && clock.now() - before.at < PRICES_KEPT_MS) return before.price
    const price = await find(workspaceId, model)
    known.set(key, { at: clock.now(), price })
    return price
  }

  async function find(workspaceId: string, model: string): Promise<JudgePrice | null> {
    const [gateway, modelId] = [model.slice(0, model.indexOf(':')), model.slice(model.indexOf(':') + 1)]
    const [listed, settings, overrides] = await Promise.all([
      catalog.list(workspaceId, null),
      workspaces.snapshotSettings(workspaceId),
      prices.overridesForSnapshot(workspaceId),
    ])
    // By the gateway's own name for it or by ours, as calls may name it.
    const endpoint = listed
      .flatMap(({ model: { id, endpoints } }) => endpoints.map((each) => ({ id, ...each })))
      .find((each) => each.gateway === gateway && (each.upstreamModel === modelId || each.id === modelId))
    if (!endpoint || !settings) return null
    // Whose credential answers is not known here, nor which of the prices holds then.
    const known = PAYERS.map((paidBy) => {
      const override = overrides.find(
        (each) => each.modelId === endpoint.id && each.gateway === gateway && each.paidBy === paidBy,
      )
      return overlayPrices(endpoint.price, override?.prices ?? [])
    }).filter((price) => price !== null)
    return known.length === 0 ? null : { prices: known, markupMillionths: settings.markupMillionths }
  }
}

const PAYERS = ['credits', 'workspace-credential'] as const
