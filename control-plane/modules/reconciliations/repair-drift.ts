import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { AccountAudit } from '../../../shared/money/account-audit.ts'
import type { CreditBalance } from '../../../shared/money/credit-balance.ts'
import { nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { AccountBooks, AuditAccount } from './audit-account.ts'
import { differs, toReconciledAccount } from './describe-finding.ts'
import { balanceNotKnown, driftChanged, nothingToRepair, reconciliationNotFound } from './reconciliations.errors.ts'
import type { ReconciledAccount, Reconciliation } from './reconciliations.read-model.ts'

export interface RepairOrder {
  readonly reconciliationId: string
  /** Why, for whoever reads the ledger. */
  readonly reason: string
  /** Whose word it is. */
  readonly by: string
}

/**
 * Corrects live balances to what MongoDB says: the ledger is the truth, so it gets no entry but one of nothing, with the
 * reason. The drift is taken off the live balance, and what was taken for records that are nowhere is given back.
 *
 * A repair is made once, by the id of its reconciliation, also when a crash divides it: it is written down first, with
 * what it will do, then done in steps of which each counts once, then noted. Before it is written down, everything is
 * read again, and what is not as it was is refused.
 *
 * @throws reconciliation_not_found, nothing_to_repair, drift_changed, balance_not_known
 */
export type RepairDrift = (workspaceId: string, order: RepairOrder) => Promise<Reconciliation>

export interface RepairDeps {
  readonly reconciliations: WorkspaceCollection<Reconciliation>
  readonly auditAccount: AuditAccount
  readonly booksOf: (workspaceId: string) => Promise<readonly AccountBooks[]>
  readonly noteRepair: (workspaceId: string, note: { cause: string; reason: string }) => Promise<void>
  readonly credit: Pick<CreditBalance, 'credit'>
  readonly audit: Pick<AccountAudit, 'giveBack'>
  readonly clock: Clock
}

export function createRepairDrift(deps: RepairDeps): RepairDrift {
  const { reconciliations, auditAccount, booksOf, noteRepair, credit, audit, clock } = deps

  return async (workspaceId, order) => {
    const found = await reconciliations.findOne(workspaceId, { _id: order.reconciliationId })
    if (!found) throw reconciliationNotFound({}, { param: 'reconciliationId' })
    if (typeof found.repair?.finishedAt === 'number') return found
    const begun = found.repair === null ? await begin(found, order) : found
    for (const account of begun.accounts.filter(differs)) await correct(begun._id, account)
    await noteRepair(workspaceId, { cause: causeOf(begun._id), reason: begun.repair?.reason ?? order.reason })
    const finished = { $set: { 'repair.finishedAt': clock.now() } }
    return (await reconciliations.update(workspaceId, { _id: begun._id }, finished)) ?? begun
  }

  async function begin(found: Reconciliation, { reason, by }: RepairOrder): Promise<Reconciliation> {
    const { _id, workspaceId } = found
    const differing = found.accounts.filter(differs)
    if (differing.length === 0) throw nothingToRepair({})
    const books = new Map((await booksOf(workspaceId)).map((each) => [each.account, each]))
    for (const before of differing) await checkUnchanged(before, books.get(before.account))
    const repair = { by, reason, startedAt: clock.now(), finishedAt: null }
    const begun = await reconciliations.update(workspaceId, { _id, repair: null }, { $set: { repair } })
    // Another one began it at the same moment.
    return begun ?? (await reconciliations.findOne(workspaceId, { _id })) ?? found
  }

  async function checkUnchanged(before: ReconciledAccount, books: AccountBooks | undefined): Promise<void> {
    const { account } = before
    if (!books) throw driftChanged({ account })
    const now = toReconciledAccount(account, await auditAccount(books))
    const stillLost = new Set(now.lost.map(({ settlementId }) => settlementId))
    const isUnchanged =
      now.type === before.type &&
      now.driftNanodollars === before.driftNanodollars &&
      before.lost.every(({ settlementId }) => stillLost.has(settlementId))
    if (!isUnchanged) throw driftChanged({ account })
  }

  async function correct(reconciliationId: string, { account, type, driftNanodollars, lost }: ReconciledAccount) {
    const ids = lost.map(({ settlementId }) => settlementId)
    if (ids.length > 0 && (await audit.giveBack(account, ids)) === null) throw balanceNotKnown({})
    if (type !== 'agreed' || driftNanodollars === 0) return
    const entry = { entryId: causeOf(reconciliationId), amount: nanodollars(0 - driftNanodollars) }
    if ((await credit.credit(account, entry, clock.now())) === null) throw balanceNotKnown({})
  }
}

function causeOf(reconciliationId: string): string {
  return `repair:${reconciliationId}`
}
