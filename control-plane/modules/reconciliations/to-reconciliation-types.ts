import type { Reconciliation, ReleasedLeaseRecord } from './reconciliations.read-model.ts'
import type { ReconciliationType, ReleasedLeaseType } from './reconciliations.types.ts'

export function toReconciliationType(found: Reconciliation): ReconciliationType {
  const { _id: id, workspaceId, state, accountsChecked, runs, comparedTo, repair } = found
  return {
    id,
    workspaceId,
    state,
    accountsChecked,
    runs,
    accounts: found.accounts.map(({ lost, ...account }) => ({
      ...account,
      lost: lost.map(({ at, ...record }) => ({ ...record, at: new Date(at) })),
    })),
    mismatches: found.mismatches.map(({ account = null, from, to, ...sums }) => {
      return { ...sums, account, from: new Date(from), to: new Date(to) }
    }),
    comparedTo: toDate(comparedTo),
    firstAt: new Date(found.firstAt),
    lastAt: new Date(found.lastAt),
    repair: repair && {
      by: repair.by,
      reason: repair.reason,
      startedAt: new Date(repair.startedAt),
      finishedAt: toDate(repair.finishedAt),
    },
  }
}

export function toReleasedLeaseType({ _id: id, releasedAt, ...lease }: ReleasedLeaseRecord): ReleasedLeaseType {
  const { workspaceId, account, leaseId, amountNanodollars, underWayNanodollars } = lease
  return {
    id,
    workspaceId,
    account,
    leaseId,
    amountNanodollars,
    underWayNanodollars,
    releasedAt: new Date(releasedAt),
  }
}

function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
