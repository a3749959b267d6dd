// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { CreditBalance } from '../../../shared/money/credit-balance.ts'
import type { Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Logger } from '../../../shared/runtime/logger.ts'
import { createLedgerAudit } from './audit-ledger.ts'
import { createCheckpointModel, createLedgerModel } from './billing.model.ts'
import { createBillingReadModel } from './billing.read-model.ts'
import { BillingResolver, type InvoiceNames } from './billing.resolver.ts'
import { createBillingService } from './billing.service.ts'
import { createNoteRepair } from './note-repair.ts'

export { BillingResolver }
export type { LedgerAudit } from './audit-ledger.ts'
export {
  LEDGER_ENTRY_TYPES,
  type BillingReadModel,
  type LedgerEntry,
  type LedgerEntryKind,
} from './billing.read-model.ts'
export type { BillingService, Credit } from './billing.service.ts'
export { LEDGER_CSV_HEADER, toLedgerCsv } from './ledger-csv.ts'
export type { LedgerFilter } from './ledger-filter.ts'
export type { ChargedBatch } from './record-charges.ts'
export type { Charge } from './settle-charges.ts'

interface Deps {
  readonly connection: Connection
  readonly credit: CreditBalance
  readonly findCreditPrice: (workspaceId: string) => Promise<Nanodollars | null>
  readonly names: InvoiceNames
  readonly clock: Clock
  readonly logger: Logger
}

export function createBillingModule({ connection, credit, findCreditPrice, names, clock, logger }: Deps) {
  const model = createLedgerModel(connection)
  const checkpointModel = createCheckpointModel(connection)
  const collections = {
    ledger: createWorkspaceCollection(model),
    checkpoints: createWorkspaceCollection(checkpointModel),
  }
  const service = createBillingService({ ...collections, credit, clock, logger })
  const readModel = createBillingReadModel({ ...collections, model, credit })
  return {
    models: [model, checkpointModel],
    service,
    readModel,
    audit: createLedgerAudit(collections),
    noteRepair: createNoteRepair({ ...collections, clock }),
    resolver: new BillingResolver({ service, readModel, findCreditPrice, names, clock }),
  }
}
