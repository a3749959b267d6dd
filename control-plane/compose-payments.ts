import type { Connection } from 'mongoose'
import { PLATFORM_WORKSPACE } from './access/permissions.ts'
import type { Environment } from './environment.ts'
import type { AlertsService } from './modules/alerts/index.ts'
import { createPaymentsModule, type CreditWorkspace } from './modules/payments/index.ts'
import type { WorkspacesReadModel } from './modules/workspaces/index.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { CreateId } from '../shared/runtime/id.ts'
import type { Logger } from '../shared/runtime/logger.ts'

interface Deps {
  readonly connection: Connection
  readonly environment: Environment
  readonly clock: Clock
  readonly createId: CreateId
  readonly logger: Logger
}

interface Neighbours {
  readonly alerts: { readonly service: AlertsService }
  readonly billing: { readonly service: { readonly credit: CreditWorkspace } }
  readonly workspaces: { readonly readModel: Pick<WorkspacesReadModel, 'exists'> }
}

/** Builds the module of payments, and joins it to the ledger and to the platform's alerts. */
export function composePayments(deps: Deps, { alerts, billing, workspaces }: Neighbours) {
  const { connection, environment, clock, createId, logger } = deps
  return createPaymentsModule({
    connection,
    secrets: environment.payments?.secrets ?? [],
    workspaceExists: workspaces.readModel.exists,
    credit: billing.service.credit,
    alerts: {
      raise: (kind, subject, message) =>
        alerts.service.raise({ workspaceId: PLATFORM_WORKSPACE, kind, subject, message, owner: 'config' }),
      resolve: (kind, subject) => alerts.service.resolveSubject(PLATFORM_WORKSPACE, { kind, subject }),
    },
    clock,
    createId,
    logger,
  })
}
