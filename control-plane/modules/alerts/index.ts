// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { Logger } from '../../../shared/runtime/logger.ts'
import { createAlertModel } from './alerts.model.ts'
import { createAlertsReadModel } from './alerts.read-model.ts'
import { AlertsResolver } from './alerts.resolver.ts'
import { createAlertsService, type AnnounceAlert } from './alerts.service.ts'

export { AlertsResolver }
export { AlertKindEnum } from './alerts.types.ts'
export type { Alert, AlertEvent, AlertKind, AlertsReadModel } from './alerts.read-model.ts'
export type { AlertsService, AnnounceAlert, NewAlert } from './alerts.service.ts'

interface Deps {
  readonly connection: Connection
  readonly announce: AnnounceAlert
  readonly clock: Clock
  readonly createId: CreateId
  readonly logger: Logger
}

export function createAlertsModule({ connection, ...deps }: Deps) {
  const model = createAlertModel(connection)
  const alerts = createWorkspaceCollection(model)
  const service = createAlertsService({ ...deps, alerts })
  const readModel = createAlertsReadModel({ model, alerts })
  return { models: [model], service, readModel, resolver: new AlertsResolver(service, readModel) }
}
