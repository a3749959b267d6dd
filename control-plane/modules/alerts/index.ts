// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { createAlertModel } from './alerts.model.ts'
import { createAlertsReadModel } from './alerts.read-model.ts'
import { AlertsResolver } from './alerts.resolver.ts'
import { createAlertsService } from './alerts.service.ts'

export { AlertsResolver }
export type { AlertsReadModel } from './alerts.read-model.ts'
export type { AlertsService, NewAlert } from './alerts.service.ts'

interface Deps {
  readonly connection: Connection
  readonly clock: Clock
  readonly createId: CreateId
}

export function createAlertsModule({ connection, clock, createId }: Deps) {
  const model = createAlertModel(connection)
  const alerts = createWorkspaceCollection(model)
  const service = createAlertsService({ alerts, clock, createId })
  const readModel = createAlertsReadModel(alerts)
  return { models: [model], service, readModel, resolver: new AlertsResolver(service, readModel) }
}
