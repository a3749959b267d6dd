// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import type { Caller } from '../../access/caller.ts'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { createKeepContents, withContentsApart } from './keep-contents.ts'
import { createKeepRecords } from './keep-records.ts'
import { createContentModel, createGenerationModel } from './request-logs.model.ts'
import { createRequestLogsReadModel } from './request-logs.read-model.ts'
import { RequestLogsResolver } from './request-logs.resolver.ts'
import {
  createRequestLogsService,
  type AnnounceRecords,
  type FollowMoney,
  type FollowRecords,
  type UnpricedModel,
} from './request-logs.service.ts'

export { RequestLogsResolver }
export type { KeepContents } from './keep-contents.ts'
export type { RequestLogsReadModel, StoredGeneration } from './request-logs.read-model.ts'
export type { AnnounceRecords, FollowRecords, RequestLogsService, UnpricedModel } from './request-logs.service.ts'

interface Deps {
  readonly connection: Connection
  readonly announceRecords: AnnounceRecords
  readonly money: FollowMoney
  readonly alertOfUnknownPrice: (unpriced: UnpricedModel) => Promise<void>
  readonly followers: readonly FollowRecords[]
  readonly keyNames: (workspaceId: string, keyIds: readonly string[]) => Promise<Map<string, string>>
  readonly workspaceIdsOf: (caller: Caller) => Promise<string[]>
  /** How long a workspace keeps prompts and answers; null: as long as the record. */
  readonly contentRetentionDays: (workspaceId: string) => Promise<number | null>
  readonly clock: Clock
}

export function createRequestLogsModule(deps: Deps) {
  const { connection, keyNames, workspaceIdsOf, contentRetentionDays, clock, ...serviceDeps } = deps
  const model = createGenerationModel(connection)
  const contentModel = createContentModel(connection)
  const generations = createWorkspaceCollection(model)
  const keeping = { generations, contents: createWorkspaceCollection(contentModel), contentRetentionDays, clock }
  const readModel = createRequestLogsReadModel(keeping)
  const contents = createKeepContents(keeping)
  const service = createRequestLogsService({ ...serviceDeps, keepRecords: createKeepRecords({ generations, clock }) })
  return {
    models: [model, contentModel] as const,
    service: withContentsApart(service, contents),
    contents,
    readModel,
    resolver: new RequestLogsResolver({ readModel, keyNames, workspaceIdsOf }),
  }
}
