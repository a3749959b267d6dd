// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { Logger } from '../../../shared/runtime/logger.ts'
import { createPaymentNotices } from './payment-notices.ts'
import { createDisputeNoticeModel, createPaymentModel, createRefundNoticeModel } from './payments.model.ts'
import { createPaymentsReadModel } from './payments.read-model.ts'
import { PaymentsResolver } from './payments.resolver.ts'
import { createPaymentsService, type PaymentAlerts } from './payments.service.ts'
import type { CreditWorkspace } from './settle-payment.ts'

export { PaymentsResolver }
export type { PaymentsReadModel } from './payments.read-model.ts'
export type { PaymentAlerts, PaymentOutcome, PaymentsService } from './payments.service.ts'
export type { CreditWorkspace } from './settle-payment.ts'

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
  const [model, refunds] = [createPaymentModel(connection), createRefundNoticeModel(connection)]
  const disputes = createDisputeNoticeModel(connection)
  const payments = createWorkspaceCollection(model)
  const notices = createPaymentNotices({ refunds, disputes, clock: deps.clock })
  const readModel = createPaymentsReadModel({ model, payments })
  const service = createPaymentsService({ ...deps, payments, notices, readModel })
  const models = [model, refunds, disputes] as const
  return { models, service, readModel, resolver: new PaymentsResolver(readModel) }
}
