import { readAccount, type AccountId } from '../../../shared/money/account.ts'
import type { ReleasedLease } from '../../../shared/money/credit-balance.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { nanodollars } from '../../../shared/money/nanodollars.ts'
import { describeDrift, toOutcome, toReconciledAccount, type Found } from './describe-finding.ts'
import type { Recounted, RecountCharges } from './recount-charges.ts'
import {
  findLatest,
  type ReconciledAccount,
  type Reconciliation,
  type ReconciliationCollections,
} from './reconciliations.read-model.ts'
import { createRepairDrift, type RepairDeps, type RepairDrift } from './repair-drift.ts'

export interface DriftAlerts {
  raise(alert: { readonly workspaceId: string; readonly subject: string; readonly message: string }): Promise<void>
  resolve(workspaceId: string, subject: string): Promise<void>
}

export interface ReconciliationsService {
  /** Compares a workspace's live balances with what MongoDB has: the credits first. It keeps nothing of it. */
  compare(workspaceId: string): Promise<ReconciledAccount[]>
  /**
   * Compares a workspace's live balances with what MongoDB has, and the ledger with the calls; keeps what it found, and
   * raises or resolves the alert. It changes no money. May run at any time, in many processes at once.
   *
   * @param options.full all calls ever are compared with the ledger, and not only those since the last time
   */
  reconcile(workspaceId: string, options?: { readonly full?: boolean }): Promise<Reconciliation>
  repairDrift: RepairDrift
  /** Keeps what processes held that died. */
  keepReleased(account: AccountId, released: readonly ReleasedLease[]): Promise<void>
}

interface Deps extends RepairDeps, ReconciliationCollections {
  readonly recountCharges: RecountCharges
  readonly alerts: DriftAlerts
  readonly createId: CreateId
}

/** There is one alert for a workspace's money. */
const SUBJECT = 'balance'
const KEPT_MS = 90 * 24 * 3_600_000

export function createReconciliationsService(deps: Deps): ReconciliationsService {
  const { reconciliations, releasedLeases, auditAccount, booksOf, recountCharges, alerts, clock, createId } = deps

  return {
    compare,

    async reconcile(workspaceId, { full = false } = {}) {
      const latest = await findLatest(reconciliations, workspaceId)
      const accounts = await compare(workspaceId)
      const recounted = await recountCharges(workspaceId, { before: toRecounted(latest), now: clock.now(), full })
      const kept = await keep(workspaceId, { accounts, accountsChecked: accounts.length, ...recounted })
      await tell(kept)
      return kept
    },

    repairDrift: createRepairDrift(deps),

    async keepReleased(account, released) {
      const releasedAt = clock.now()
      await releasedLeases.insertMissing(
        released.map((lease) => ({ _id: createId(), ...toRecord(account, lease, releasedAt) })),
      )
    },
  }

  async function compare(workspaceId: string): Promise<ReconciledAccount[]> {
    const accounts: ReconciledAccount[] = []
    for (const books of await booksOf(workspaceId)) {
      accounts.push(toReconciledAccount(books.account, await auditAccount(books)))
    }
    return accounts
  }

  /** What is found again is counted, so that a workspace in order takes one document and not one each time. */
  async function keep(workspaceId: string, found: Found): Promise<Reconciliation> {
    const lastAt = clock.now()
    const { state, fingerprint, ...facts } = toOutcome(found)
    const seen = { ...facts, lastAt, expiresAt: new Date(lastAt + KEPT_MS) }
    const same = { fingerprint, isLatest: true, repair: null }
    const again = await reconciliations.update(workspaceId, same, { $set: seen, $inc: { runs: 1 } })
    if (again) return again
    const _id = createId()
    const fresh = {
      _id,
      workspaceId,
      state,
      fingerprint,
      firstAt: lastAt,
      runs: 1,
      isLatest: true,
      repair: null,
      ...seen,
    }
    await reconciliations.insert(fresh)
    const older = { isLatest: true, _id: { $lt: _id } }
    while (await reconciliations.update(workspaceId, older, { $set: { isLatest: false } }));
    return fresh
  }

  async function tell({ workspaceId, state, accounts, mismatches }: Reconciliation): Promise<void> {
    if (state === 'clean') return alerts.resolve(workspaceId, SUBJECT)
    if (state !== 'drift') return
    await alerts.raise({ workspaceId, subject: SUBJECT, message: describeDrift({ accounts, mismatches }) })
  }
}

function toRecord(account: AccountId, { leaseId, amount, underWay }: ReleasedLease, releasedAt: number) {
  const { workspaceId } = readAccount(account)
  const amounts = { amountNanodollars: amount, underWayNanodollars: underWay }
  return { workspaceId, account, leaseId, ...amounts, releasedAt, expiresAt: new Date(releasedAt + KEPT_MS) }
}

function toRecounted(latest: Reconciliation | null): Recounted {
  if (latest === null) return { comparedTo: null, mismatches: [] }
  const mismatches = latest.mismatches.map(({ account, from, to, ledgerNanodollars, generationsNanodollars }) => ({
    account: account ?? null,
    from,
    to,
    ledger: nanodollars(ledgerNanodollars),
    generations: nanodollars(generationsNanodollars),
  }))
  return { comparedTo: latest.comparedTo, mismatches }
}
