// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { CreditBalance } from '../../../shared/money/credit-balance.ts'
import type { Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Logger } from '../../../shared/runtime/logger.ts'
import { createLedgerAudit } from './audit-ledger.ts'
import { createLedgerModel } from './billing.model.ts'
import { createBillingReadModel } from './billing.read-model.ts'
import { BillingResolver } from './billing.resolver.ts'
import { createBillingService } from './billing.service.ts'

export { BillingResolver }
export type { LedgerAudit } from './audit-ledger.ts'
export type { BillingReadModel } from './billing.read-model.ts'
export type { BillingService, Credit } from './billing.service.ts'
export type { Charge } from './settle-charges.ts'

interface Deps {
  readonly connection: Connection
  readonly credit: CreditBalance
  readonly findCreditPrice: (workspaceId: string) => Promise<Nanodollars | null>
  readonly clock: Clock
  readonly logger: Logger
}

export function createBillingModule({ connection, credit, findCreditPrice, clock, logger }: Deps) {
  const model = createLedgerModel(connection)
  const ledger = createWorkspaceCollection(model)
  const service = createBillingService({ ledger, credit, clock, logger })
  const readModel = createBillingReadModel({ model, ledger, credit })
  const audit = createLedgerAudit(ledger)
  return {
    models: [model],
    service,
    readModel,
    audit,
    resolver: new BillingResolver({ service, readModel, findCreditPrice }),
  }
}
