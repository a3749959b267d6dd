// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { Logger } from '../../../shared/runtime/logger.ts'
import { createPaymentModel, createRefundNoticeModel } from './payments.model.ts'
import { createPaymentsReadModel } from './payments.read-model.ts'
import { PaymentsResolver } from './payments.resolver.ts'
import { createPaymentsService, type CreditWorkspace, type PaymentAlerts } from './payments.service.ts'

export { PaymentsResolver }
export type { PaymentsReadModel } from './payments.read-model.ts'
export type { CreditWorkspace, PaymentAlerts, PaymentOutcome, PaymentsService } from './payments.service.ts'

interface Deps {
  readonly connection: Connection
  /** Of which any may have signed an event; none: no event is taken. */
  readonly secrets: readonly string[]
  readonly workspaceExists: (workspaceId: string) => Promise<boolean>
  readonly credit: CreditWorkspace
  readonly alerts: PaymentAlerts
  readonly clock: Clock
  readonly createId: CreateId
  readonly logger: Logger
}

export function createPaymentsModule({ connection, ...deps }: Deps) {
  const models = [createPaymentModel(connection), createRefundNoticeModel(connection)] as const
  const [model, notices] = models
  const payments = createWorkspaceCollection(model)
  const readModel = createPaymentsReadModel({ model, payments })
  const service = createPaymentsService({ ...deps, payments, notices, readModel })
  return { models, service, readModel, resolver: new PaymentsResolver(readModel) }
}
