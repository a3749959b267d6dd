import type { CreditBalance, ReleasedLease } from '../../../shared/money/credit-balance.ts'
import { nanodollars, ZERO, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Logger } from '../../../shared/runtime/logger.ts'
import { idempotencyConflict } from './billing.errors.ts'
import type { LedgerEntry } from './ledger-entry.ts'
import { positionOf } from './entry-position.ts'
import { createKeepCheckpoint } from './keep-checkpoint.ts'
import type { LedgerCollections } from './ledger-totals.ts'
import { readAmount, readSignedAmount } from './read-amount.ts'
import { createRecordCharges, type RecordCharges } from './record-charges.ts'
import { createRefundCall, type Refund } from './refund-call.ts'
import { createRestoreBalance } from './restore-balance.ts'

export interface TopUp {
  readonly amountUsd: number
  /** A top-up of one key is made once. */
  readonly idempotencyKey: string
}

export interface Adjustment extends TopUp {
  /** Below zero where money leaves; not zero. */
  readonly amountUsd: number
  readonly reason: string
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
  /** Gives back what a call cost, or a part of it; all refunds of a call together at most what it cost. */
  refund(workspaceId: string, refund: Refund): Promise<LedgerEntry>
  /** Puts a balance right, up or down. */
  adjust(workspaceId: string, adjustment: Adjustment): Promise<LedgerEntry>
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
  recordCharges: RecordCharges
  /** Gives a new workspace a live balance of nothing. */
  openBalance(workspaceId: string): Promise<void>
  /** Restores the live balance from the ledger where there is none. True when it did. */
  restoreBalance(workspaceId: string): Promise<boolean>
  /** Tells the live balance of a top-up, a refund or an adjustment that a crash kept from it. */
  applyEntry(entry: LedgerEntry): Promise<void>
  /** Gives back what processes hold that died. */
  releaseExpired(workspaceId: string): Promise<ReleasedLease[]>
  /** Adds up what has come into the ledger, where it is much. True when it did. */
  keepCheckpoint(workspaceId: string): Promise<boolean>
}

interface Deps extends LedgerCollections {
  readonly credit: CreditBalance
  readonly clock: Clock
  readonly logger: Logger
}

export function createBillingService(deps: Deps): BillingService {
  const { ledger, credit, clock, logger } = deps
  const refundCall = createRefundCall(deps)

  const service: BillingService = {
    topUp(workspaceId, { amountUsd, idempotencyKey }) {
      const cause = `topup:${workspaceId}:${idempotencyKey}`
      return service.credit(workspaceId, { type: 'topup', amount: readAmount(amountUsd), cause, reason: null })
    },

    refund: async (workspaceId, refund) => applied(await refundCall(workspaceId, refund)),

    adjust(workspaceId, { amountUsd, idempotencyKey, reason }) {
      const cause = `adjustment:${workspaceId}:${idempotencyKey}`
      return service.credit(workspaceId, { type: 'adjustment', amount: readSignedAmount(amountUsd), cause, reason })
    },

    async credit(workspaceId, { type, amount, cause, reason }) {
      if (amount === 0) throw new RangeError(`an entry of nothing: ${cause}`)
      const now = clock.now()
      const fresh = { _id: cause, workspaceId, position: positionOf(now, cause), at: now, writtenAt: now }
      const facts = { type, amountNanodollars: amount, generationId: null, reason, applied: false }
      await ledger.insertMissing([{ ...fresh, ...facts }])
      const entry = await ledger.findOne(workspaceId, { _id: cause })
      if (entry?.type !== type || entry.amountNanodollars !== amount) throw idempotencyConflict({})
      return applied(entry)
    },

    recordCharges: createRecordCharges(deps),

    async openBalance(workspaceId) {
      await credit.seed(workspaceId, ZERO).catch((error: unknown) => {
        logger.warn({ err: error, workspaceId }, 'no live balance yet; the sweep makes one')
      })
    },

    restoreBalance: createRestoreBalance(deps),

    async applyEntry({ _id, workspaceId, amountNanodollars }) {
      const credited = { entryId: _id, amount: nanodollars(amountNanodollars) }
      const balance = await credit.credit(workspaceId, credited, clock.now())
      // No live balance: the sweep restores it first and comes back to this entry.
      if (balance === null) return
      await ledger.update(workspaceId, { _id }, { $set: { applied: true } })
    },

    releaseExpired: (workspaceId) => credit.releaseExpired(workspaceId, clock.now()),
    keepCheckpoint: createKeepCheckpoint(deps),
  }
  return service

  async function applied(entry: LedgerEntry): Promise<LedgerEntry> {
    if (entry.applied !== false) return entry
    await service.applyEntry(entry).catch((error: unknown) => {
      const { _id: entryId, workspaceId } = entry
      logger.warn({ err: error, workspaceId, entryId }, 'an entry is not in the live balance yet; the sweep adds it')
    })
    return entry
  }
}
