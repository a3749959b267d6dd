import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { CreditBalance, ReleasedLease } from '../../../shared/money/credit-balance.ts'
import { fromDollars, nanodollars, ZERO, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { Logger } from '../../../shared/runtime/logger.ts'
import { idempotencyConflict, invalidAmount } from './billing.errors.ts'
import type { LedgerEntry } from './billing.model.ts'
import { rememberRecent, settleCharges, type Charge } from './settle-charges.ts'

const LARGEST_TOP_UP_USD = 1_000_000
/** Of so many, processes and jobs may yet tell that they were settled. */
const RECENT_CHARGES = 5_000

/** The entries that calls make. */
const CALLS = ['charge', 'evaluation']

export interface TopUp {
  readonly amountUsd: number
  /** A top-up of one key is made once. */
  readonly idempotencyKey: string
}

export interface BillingService {
  topUp(workspaceId: string, topUp: TopUp): Promise<LedgerEntry>
  /**
   * Writes what calls cost into the ledger, each generation once, and has the live balance know of it too: it does
   * already, unless the process died that served the call.
   */
  recordCharges(charges: readonly Charge[], batchId?: string): Promise<void>
  /** Gives a new workspace a live balance of nothing. */
  openBalance(workspaceId: string): Promise<void>
  /** Restores the live balance from the ledger where there is none. True when it did. */
  restoreBalance(workspaceId: string): Promise<boolean>
  /** Adds a top-up to the live balance that a crash kept from it. */
  applyTopUp(entry: LedgerEntry): Promise<void>
  /** Gives back what processes hold that died. */
  releaseExpired(workspaceId: string): Promise<ReleasedLease[]>
}

interface Deps {
  readonly ledger: WorkspaceCollection<LedgerEntry>
  readonly credit: CreditBalance
  readonly clock: Clock
  readonly createId: CreateId
  readonly logger: Logger
}

export function createBillingService({ ledger, credit, clock, createId, logger }: Deps): BillingService {
  const service: BillingService = {
    async topUp(workspaceId, { amountUsd, idempotencyKey }) {
      const amountNanodollars = amountOf(amountUsd)
      const _id = `topup:${workspaceId}:${idempotencyKey}`
      const fresh = { _id, workspaceId, position: createId(), amountNanodollars, at: clock.now() }
      await ledger.insertMissing([{ ...fresh, type: 'top-up', generationId: null, applied: false }])
      const entry = await ledger.findOne(workspaceId, { _id })
      if (entry === null || entry.amountNanodollars !== amountNanodollars) throw idempotencyConflict({})
      if (entry.applied === false) await applyOrLeave(entry)
      return entry
    },

    async recordCharges(charges, batchId) {
      const settled = settleCharges(charges, batchId)
      await ledger.insertMissing(settled.flatMap(({ entries }) => [...entries]))
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
      // Unapplied top-ups are left out here and added by `applyTopUp`, each once. The recent charges are added up from
      // what was found, so that one that comes meanwhile is neither in the sum nor taken for settled.
      const older = { applied: { $ne: false }, $or: [{ type: { $nin: CALLS } }, { position: { $lt: oldest } }] }
      const sum = await ledger.sum(workspaceId, older, 'amountNanodollars')
      const batchIds = [...new Set(recent.flatMap(({ batch }) => (batch ? [batch.id] : [])))]
      const ofBatches = await ledger.find(workspaceId, { 'batch.id': { $in: batchIds } })
      const { ids, missing } = rememberRecent(recent, ofBatches)
      const balance = recent.reduce((total, { amountNanodollars }) => total + amountNanodollars, sum) + missing
      return credit.seed(workspaceId, nanodollars(balance), { ids, now: clock.now() })
    },

    async applyTopUp({ _id, workspaceId, amountNanodollars }) {
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
      await service.applyTopUp(entry)
    } catch (error) {
      logger.warn(
        { err: error, workspaceId: entry.workspaceId },
        'a top-up is not in the live balance yet; the sweep adds it',
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
