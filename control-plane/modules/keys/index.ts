// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { createKeyModel } from './keys.model.ts'
import { createKeysReadModel } from './keys.read-model.ts'
import { KeysResolver } from './keys.resolver.ts'
import { createKeysService } from './keys.service.ts'

export { KeysResolver }
export type { KeysReadModel } from './keys.read-model.ts'
export type { KeysService } from './keys.service.ts'

interface Deps {
  readonly connection: Connection
  readonly snapshots: SnapshotWriter
  readonly keyPrefix: string
  readonly clock: Clock
  readonly createId: CreateId
}

export function createKeysModule({ connection, ...deps }: Deps) {
  const model = createKeyModel(connection)
  const keys = createWorkspaceCollection(model)
  const service = createKeysService({ ...deps, keys })
  const readModel = createKeysReadModel(keys)
  return { models: [model], service, readModel, resolver: new KeysResolver(service, readModel) }
}
