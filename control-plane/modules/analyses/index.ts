// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { createActOnAnalysis, type TestControls } from './act-on-analysis.ts'
import { createAnalysisModels } from './analyses.model.ts'
import { createAnalysesReadModel } from './analyses.read-model.ts'
import { AnalysesResolver } from './analyses.resolver.ts'
import { createAnalysesService } from './analyses.service.ts'
import type { AnalysisSources } from './analysis-sources.ts'
import { createCountCalls } from './count-calls.ts'
import { createCountsStore } from './counts-store.ts'
import { createReadAnalysis } from './read-analysis.ts'

export { AnalysesResolver }
export type { TestControls } from './act-on-analysis.ts'
export type { AnalysesReadModel } from './analyses.read-model.ts'
export type { AnalysesService } from './analyses.service.ts'
export type { AnalysisSources } from './analysis-sources.ts'

interface Deps {
  readonly connection: Connection
  readonly sources: AnalysisSources
  readonly controls: TestControls
  readonly clock: Clock
  readonly createId: CreateId
}

export function createAnalysesModule({ connection, sources, controls, clock, createId }: Deps) {
  const models = createAnalysisModels(connection)
  const collections = {
    states: createWorkspaceCollection(models.states),
    calls: createWorkspaceCollection(models.calls),
    units: createWorkspaceCollection(models.units),
    hours: createWorkspaceCollection(models.hours),
    settings: createWorkspaceCollection(models.settings),
    analysed: createWorkspaceCollection(models.analysed),
    points: createWorkspaceCollection(models.points),
  }
  const actions = createWorkspaceCollection(models.actions)
  const store = createCountsStore(collections)
  const counting = createCountCalls({ store, sources })
  const readAnalysis = createReadAnalysis({ ...collections, sources })
  const service = createAnalysesService({
    ...collections,
    store,
    counting,
    readAnalysis,
    actions: createActOnAnalysis({ actions, controls, sources, clock, createId }),
    sources,
    clock,
  })
  const readModel = createAnalysesReadModel({ readAnalysis, points: collections.points, actions })
  return { models: Object.values(models), service, readModel, resolver: new AnalysesResolver(service, readModel) }
}
