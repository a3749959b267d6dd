import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { CreditBalance, ReleasedLease } from '../../../shared/money/credit-balance.ts'
import { fromDollars, nanodollars, ZERO, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Logger } from '../../../shared/runtime/logger.ts'
import { idempotencyConflict, invalidAmount } from './billing.errors.ts'
import type { LedgerEntry } from './billing.model.ts'
import { positionOf } from './entry-position.ts'
import { rememberRecent, settleCharges, type Charge } from './settle-charges.ts'

const LARGEST_TOP_UP_USD = 1_000_000
/** Of so many, processes and jobs may yet tell that they were settled. */
const RECENT_CHARGES = 5_000

/** The entries that calls make. */
const CALLS = ['usage', 'evaluation', 'forgiven']

export interface TopUp {
  readonly amountUsd: number
  /** A top-up of one key is made once. */
  readonly idempotencyKey: string
}

/** Money that comes or goes by somebody's decision. */
export interface Credit {
  readonly type: 'topup' | 'refund' | 'adjustment'
  /** Below zero where money leaves; not zero. The balance may end below zero by it. */
  readonly amount: Nanodollars
  /** The id of the entry: what must count once, for example `topup:stripe:<id of the event>`. */
  readonly cause: string
  /** Why; null: the cause says it. */
  readonly reason: string | null
}

export interface BillingService {
  topUp(workspaceId: string, topUp: TopUp): Promise<LedgerEntry>
  /**
   * Writes an entry into the ledger and has the live balance know of it; where that is away the sweep does it. Again with
   * the same cause it changes nothing.
   *
   * @throws idempotency_conflict where the cause has an entry of another type, amount or workspace
   */
  credit(workspaceId: string, credit: Credit): Promise<LedgerEntry>
  /**
   * Writes what calls cost into the ledger, each generation once, and has the live balance know of it too: it does
   * already, unless the process died that served the call.
   */
  recordCharges(charges: readonly Charge[], batchId?: string): Promise<void>
  /** Gives a new workspace a live balance of nothing. */
  openBalance(workspaceId: string): Promise<void>
  /** Restores the live balance from the ledger where there is none. True when it did. */
  restoreBalance(workspaceId: string): Promise<boolean>
  /** Tells the live balance of a top-up, a refund or an adjustment that a crash kept from it. */
  applyEntry(entry: LedgerEntry): Promise<void>
  /** Gives back what processes hold that died. */
  releaseExpired(workspaceId: string): Promise<ReleasedLease[]>
}

interface Deps {
  readonly ledger: WorkspaceCollection<LedgerEntry>
  readonly credit: CreditBalance
  readonly clock: Clock
  readonly logger: Logger
}

export function createBillingService({ ledger, credit, clock, logger }: Deps): BillingService {
  const service: BillingService = {
    topUp(workspaceId, { amountUsd, idempotencyKey }) {
      const cause = `topup:${workspaceId}:${idempotencyKey}`
      return service.credit(workspaceId, { type: 'topup', amount: amountOf(amountUsd), cause, reason: null })
    },

    async credit(workspaceId, { type, amount, cause, reason }) {
      const now = clock.now()
      const fresh = { _id: cause, workspaceId, position: positionOf(now, cause), at: now, writtenAt: now }
      const facts = { type, amountNanodollars: amount, generationId: null, reason, applied: false }
      await ledger.insertMissing([{ ...fresh, ...facts }])
      const entry = await ledger.findOne(workspaceId, { _id: cause })
      if (entry?.type !== type || entry.amountNanodollars !== amount) throw idempotencyConflict({})
      if (entry.applied === false) await applyOrLeave(entry)
      return entry
    },

    async recordCharges(charges, batchId) {
      const settled = settleCharges(charges, batchId)
      const writtenAt = clock.now()
      await ledger.insertMissing(settled.flatMap(({ entries }) => entries.map((entry) => ({ ...entry, writtenAt }))))
      for (const { workspaceId, settlements } of settled) await credit.settle(workspaceId, settlements, clock.now())
    },

    async openBalance(workspaceId) {
      await credit.seed(workspaceId, ZERO).catch((error: unknown) => {
        logger.warn({ err: error, workspaceId }, 'no live balance yet; the sweep makes one')
      })
    },

    async restoreBalance(workspaceId) {
      if ((await credit.read(workspaceId)) !== null) return false
      const recent = await ledger.find(
        workspaceId,
        { type: { $in: CALLS } },
        { sort: { position: -1 }, limit: RECENT_CHARGES },
      )
      const oldest = recent.at(-1)?.position ?? ''
      // Unapplied entries are left out here and added by `applyEntry`, each once. The recent charges are added up from
      // what was found, so that one that comes meanwhile is neither in the sum nor taken for settled.
      const older = { applied: { $ne: false }, $or: [{ type: { $nin: CALLS } }, { position: { $lt: oldest } }] }
      const sum = await ledger.sum(workspaceId, older, 'amountNanodollars')
      const batchIds = [...new Set(recent.flatMap(({ batch }) => (batch ? [batch.id] : [])))]
      const ofBatches = await ledger.find(workspaceId, { 'batch.id': { $in: batchIds } })
      const { ids, missing } = rememberRecent(recent, ofBatches)
      const balance = recent.reduce((total, { amountNanodollars }) => total + amountNanodollars, sum) + missing
      return credit.seed(workspaceId, nanodollars(balance), { ids, now: clock.now() })
    },

    async applyEntry({ _id, workspaceId, amountNanodollars }) {
      const credited = { entryId: _id, amount: nanodollars(amountNanodollars) }
      const balance = await credit.credit(workspaceId, credited, clock.now())
      // No live balance: the sweep restores it first and comes back to this entry.
      if (balance === null) return
      await ledger.update(workspaceId, { _id }, { $set: { applied: true } })
    },

    releaseExpired: (workspaceId) => credit.releaseExpired(workspaceId, clock.now()),
  }
  return service

  async function applyOrLeave(entry: LedgerEntry): Promise<void> {
    try {
      await service.applyEntry(entry)
    } catch (error) {
      logger.warn(
        { err: error, workspaceId: entry.workspaceId },
        'an entry of the ledger is not in the live balance yet; the sweep adds it',
      )
    }
  }
}

function amountOf(amountUsd: number): Nanodollars {
  const param = { param: 'amountUsd' }
  if (!(amountUsd > 0)) throw invalidAmount({ fault: 'must be more than 0' }, param)
  if (amountUsd > LARGEST_TOP_UP_USD) throw invalidAmount({ fault: `must be at most ${LARGEST_TOP_UP_USD}` }, param)
  const amount = fromDollars(amountUsd)
  if (amount === 0) throw invalidAmount({ fault: 'is less than a nano-dollar' }, param)
  return amount
}
