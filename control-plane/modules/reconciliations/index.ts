// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { CreditBalance } from '../../../shared/money/credit-balance.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { createAuditAccount, type AuditDeps } from './audit-account.ts'
import { createRecountCharges, type RecountDeps } from './recount-charges.ts'
import { createReconciliationModels } from './reconciliations.model.ts'
import { createReconciliationsReadModel } from './reconciliations.read-model.ts'
import { ReconciliationsResolver } from './reconciliations.resolver.ts'
import { createReconciliationsService, type DriftAlerts } from './reconciliations.service.ts'
import type { RepairDeps } from './repair-drift.ts'

export { ReconciliationsResolver }
export type { AccountBooks } from './audit-account.ts'
export type { DriftAlerts, ReconciliationsService } from './reconciliations.service.ts'
export type { ReconciledAccount, ReconciliationsReadModel } from './reconciliations.read-model.ts'

interface Deps extends Omit<AuditDeps, 'credit'>, RecountDeps, Pick<RepairDeps, 'booksOf' | 'noteRepair'> {
  readonly connection: Connection
  readonly credit: CreditBalance
  readonly alerts: DriftAlerts
  readonly hasWorkspace: (workspaceId: string) => Promise<boolean>
  readonly createId: CreateId
}

export function createReconciliationsModule({ connection, hasWorkspace, ...deps }: Deps) {
  const models = createReconciliationModels(connection)
  const collections = {
    reconciliations: createWorkspaceCollection(models.reconciliations),
    releasedLeases: createWorkspaceCollection(models.releasedLeases),
  }
  const auditAccount = createAuditAccount(deps)
  const recountCharges = createRecountCharges(deps)
  const service = createReconciliationsService({ ...deps, ...collections, auditAccount, recountCharges })
  const readModel = createReconciliationsReadModel({ ...collections, model: models.reconciliations })
  const resolver = new ReconciliationsResolver({ service, readModel, hasWorkspace })
  return { models: Object.values(models), service, readModel, resolver }
}
