// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import type { UpstreamPolicy } from '../../../shared/network/upstream-address.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { createCredentialModel } from './credentials.model.ts'
import { createCredentialsReadModel } from './credentials.read-model.ts'
import { CredentialsResolver } from './credentials.resolver.ts'
import { createCredentialsService, type RefusalAlerts } from './credentials.service.ts'

export { CredentialsResolver }
export type { CredentialsReadModel } from './credentials.read-model.ts'
export type { CredentialsService, RefusalAlerts } from './credentials.service.ts'

interface Deps {
  readonly connection: Connection
  readonly snapshots: SnapshotWriter
  readonly masterKey: Buffer
  readonly upstreamPolicy: UpstreamPolicy
  readonly findModelUsing: (workspaceId: string, credentialId: string) => Promise<string | null>
  readonly refusalAlerts: RefusalAlerts
  readonly clock: Clock
  readonly createId: CreateId
}

export function createCredentialsModule({ connection, ...deps }: Deps) {
  const model = createCredentialModel(connection)
  const credentials = createWorkspaceCollection(model)
  const service = createCredentialsService({ ...deps, credentials })
  const readModel = createCredentialsReadModel(credentials)
  return { models: [model], service, readModel, resolver: new CredentialsResolver(service, readModel) }
}
