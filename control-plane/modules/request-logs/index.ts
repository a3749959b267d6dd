// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import type { Caller } from '../../access/caller.ts'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import { createGenerationModel } from './request-logs.model.ts'
import { createRequestLogsReadModel } from './request-logs.read-model.ts'
import { RequestLogsResolver } from './request-logs.resolver.ts'
import {
  createRequestLogsService,
  type AnnounceRecords,
  type FollowRecords,
  type GenerationCharge,
  type UnpricedModel,
} from './request-logs.service.ts'

export { RequestLogsResolver }
export type { RequestLogsReadModel, StoredGeneration } from './request-logs.read-model.ts'
export type { AnnounceRecords, FollowRecords, RequestLogsService, UnpricedModel } from './request-logs.service.ts'

interface Deps {
  readonly connection: Connection
  readonly announceRecords: AnnounceRecords
  readonly recordCharges: (charges: readonly GenerationCharge[], batchId?: string) => Promise<void>
  readonly alertOfUnknownPrice: (unpriced: UnpricedModel) => Promise<void>
  readonly followers: readonly FollowRecords[]
  readonly keyNames: (workspaceId: string, keyIds: readonly string[]) => Promise<Map<string, string>>
  readonly workspaceIdsOf: (caller: Caller) => Promise<string[]>
}

export function createRequestLogsModule(deps: Deps) {
  const { connection, keyNames, workspaceIdsOf, ...serviceDeps } = deps
  const model = createGenerationModel(connection)
  const generations = createWorkspaceCollection(model)
  const readModel = createRequestLogsReadModel(generations)
  return {
    models: [model],
    service: createRequestLogsService({ ...serviceDeps, generations }),
    readModel,
    resolver: new RequestLogsResolver({ readModel, keyNames, workspaceIdsOf }),
  }
}
