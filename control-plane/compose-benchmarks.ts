import type { Connection } from 'mongoose'
import type { Environment } from './environment.ts'
import type { AbTestsReadModel } from './modules/ab-tests/index.ts'
import { createBenchmarksModule, type BenchmarkNeighbours, type RunMetric } from './modules/benchmarks/index.ts'
import {
  needsOf,
  type EvaluationsReadModel,
  type EvaluationsService,
  type Metric,
} from './modules/evaluations/index.ts'
import type { RequestLogsReadModel } from './modules/request-logs/index.ts'
import type { Queues } from './open-queues.ts'
import { runBenchmarkQueue } from '../shared/queues/evaluations.queue.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { CreateId } from '../shared/runtime/id.ts'
import type { Logger } from '../shared/runtime/logger.ts'

interface Deps {
  readonly connection: Connection
  readonly environment: Environment
  readonly queues: Queues
  readonly clock: Clock
  readonly createId: CreateId
  readonly logger: Logger
}

interface Neighbours {
  readonly abTests: AbTestsReadModel
  readonly evaluations: { readonly service: EvaluationsService; readonly readModel: EvaluationsReadModel }
  /** Asked when it is there: it is made after this. */
  readonly requestLogs: () => Pick<RequestLogsReadModel, 'page'>
}

/** Builds the module of benchmarks, and joins it to what it asks of other modules and of its queue. */
export function composeBenchmarks(deps: Deps, { abTests, evaluations, requestLogs }: Neighbours) {
  const { environment, queues, ...common } = deps
  const queue = queues.open(runBenchmarkQueue)
  return createBenchmarksModule({
    ...common,
    dataPlane: environment,
    tests: {
      productionVariantOf: async (workspaceId, abTestId) =>
        (await abTests.get(workspaceId, abTestId)).productionVariantId,
      liveVariants: async (workspaceId, abTestId, variantIds) => {
        const found = await abTests.variantsByIds(workspaceId, abTestId, variantIds)
        return new Set(found.filter(({ archivedAt }) => archivedAt === null).map(({ _id }) => _id))
      },
    },
    async metricsOf(workspaceId, abTestId) {
      const metrics = await evaluations.readModel.metrics(workspaceId, abTestId)
      return metrics.map((metric) => toRunMetric(evaluations.service, metric))
    },
    findCalls: toFindCalls(requestLogs),
    // One job at a time for each: work that is handed out already is not handed out twice.
    enqueueBatch: (pointer) => queue.send(pointer, { jobId: `${pointer.runId}-${pointer.batch}-${pointer.turn}` }),
  })
}

function toRunMetric({ scoreAnswer, rankAnswers }: EvaluationsService, metric: Metric): RunMetric {
  const { _id: id, workspaceId, name, kind } = metric
  const need = needsOf(kind)
  return {
    id,
    name,
    score:
      need === 'person' || need === 'others'
        ? null
        : (task, answered) => scoreAnswer(workspaceId, { name: task, metric, answered }),
    rank:
      need !== 'others'
        ? null
        : async (task, { messages, answers }) => {
            const texts = answers.map(({ variantId, answer }) => ({ variantId, text: textOf(answer) }))
            const ranking = await rankAnswers(workspaceId, { name: task, metric, messages, answers: texts })
            if (ranking.type === 'later') return ranking
            if (ranking.type === 'skipped') return { type: 'unranked', reason: ranking.reason }
            return { type: 'ranked', winRates: new Map(ranking.variants.map((each) => [each.variant, each.winRate])) }
          },
  }
}

/** Of a message: its content, where that is a text. */
function textOf(message: unknown): string {
  if (typeof message !== 'object' || message === null || !Object.hasOwn(message, 'content')) return ''
  const content: unknown = Reflect.get(message, 'content')
  return typeof content === 'string' ? content : JSON.stringify(content)
}

function toFindCalls(requestLogs: Neighbours['requestLogs']): BenchmarkNeighbours['findCalls'] {
  return async (workspaceId, filter, page) => {
    const answered = { ...filter, status: 'succeeded', kind: 'chat' } as const
    const { nodes } = await requestLogs().page(workspaceId, answered, page)
    return nodes.map(({ _id: id, content, exposure }) => {
      return { id, messages: content?.messages, metadata: content?.metadata, isOfAbTest: exposure !== null }
    })
  }
}
