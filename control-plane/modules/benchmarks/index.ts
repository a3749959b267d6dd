// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { Logger } from '../../../shared/runtime/logger.ts'
import { createBenchmarkModels } from './benchmarks.model.ts'
import { createBenchmarksReadModel } from './benchmarks.read-model.ts'
import { BenchmarksResolver } from './benchmarks.resolver.ts'
import { createBenchmarksService, type BenchmarkNeighbours } from './benchmarks.service.ts'
import { createCallCell, type CallCellDeps } from './call-cell.ts'

export { BenchmarksResolver }
export { benchmarkNotFound, unknownUploadFormat } from './benchmarks.errors.ts'
export type { BenchmarksReadModel } from './benchmarks.read-model.ts'
export type { BenchmarkNeighbours, BenchmarksService } from './benchmarks.service.ts'
export type { RunMetric } from './run-metrics.ts'
export { uploadFormat } from './upload-format.ts'

interface Deps extends BenchmarkNeighbours {
  readonly connection: Connection
  /** Where variants are asked, and with which key. */
  readonly dataPlane: Omit<CallCellDeps, 'now'>
  readonly clock: Clock
  readonly createId: CreateId
  readonly logger: Logger
}

export function createBenchmarksModule({ connection, dataPlane, ...deps }: Deps) {
  const models = createBenchmarkModels(connection)
  const collections = {
    benchmarks: createWorkspaceCollection(models.benchmarks),
    prompts: createWorkspaceCollection(models.prompts),
    runs: createWorkspaceCollection(models.runs),
    batches: createWorkspaceCollection(models.batches),
    results: createWorkspaceCollection(models.results),
  }
  const callCell = createCallCell({ ...dataPlane, now: () => deps.clock.now() })
  const service = createBenchmarksService({ ...deps, ...collections, callCell })
  const readModel = createBenchmarksReadModel(collections)
  return {
    models: Object.values(models),
    service,
    readModel,
    resolver: new BenchmarksResolver(service, readModel),
  }
}
