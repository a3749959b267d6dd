import type { Connection } from 'mongoose'
import type { AbTestsReadModel, AbTestsService } from './modules/ab-tests/index.ts'
import { createAnalysesModule, type AnalysisSources } from './modules/analyses/index.ts'
import type { EvaluationsReadModel } from './modules/evaluations/index.ts'
import type { RequestLogsReadModel } from './modules/request-logs/index.ts'
import type { Queues } from './open-queues.ts'
import { aggregateVariantMetricsQueue } from '../shared/queues/evaluations.queue.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { CreateId } from '../shared/runtime/id.ts'

interface Deps {
  readonly connection: Connection
  readonly queues: Queues
  readonly clock: Clock
  readonly createId: CreateId
}

interface Neighbours {
  readonly abTests: { readonly service: AbTestsService; readonly readModel: AbTestsReadModel }
  readonly evaluations: EvaluationsReadModel
  readonly requestLogs: () => RequestLogsReadModel
}

/** Builds the module of analyses, and joins it to what it reads and what it may change. */
export function composeAnalyses({ connection, queues, clock, createId }: Deps, neighbours: Neighbours) {
  const queue = queues.open(aggregateVariantMetricsQueue)
  const module = createAnalysesModule({
    connection,
    sources: analysisSources(neighbours),
    controls: neighbours.abTests.service,
    clock,
    createId,
  })
  return {
    ...module,
    enqueue: (workspaceId: string, abTestId: string) =>
      queue.send({ workspaceId, abTestId }, { jobId: abTestId, removeOnFail: true }),
  }
}

function analysisSources({ abTests, evaluations, requestLogs }: Neighbours): AnalysisSources {
  return {
    callsFrom: (...request) => requestLogs().abTestCalls(...request),
    callsByIds: (...request) => requestLogs().findAll(...request),
    scoresFrom: (...request) => evaluations.scoresGiven(...request),
    scoresOf: (...request) => evaluations.scoresOfCalls(...request),
    async metricsOf(workspaceId, abTestId) {
      const metrics = await evaluations.metrics(workspaceId, abTestId)
      return metrics.map(({ _id: id, name, direction }) => ({ id, name, direction }))
    },
    abTest: (...request) => abTests.readModel.get(...request),
    async variantNames(...request) {
      const variants = await abTests.readModel.variantsByIds(...request)
      return new Map(variants.map(({ _id, name }) => [_id, name]))
    },
  }
}
