import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { nanodollars, ZERO, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { chargeNotFound, idempotencyConflict, refundConflict, refundTooHigh } from './billing.errors.ts'
import type { LedgerEntry } from './ledger-entry.ts'
import { decimalDollars } from './decimal-dollars.ts'
import { positionOf } from './entry-position.ts'
import { totalOf } from './ledger-totals.ts'
import { readAmount } from './read-amount.ts'

/** Each time another refund of the same call came in between. */
const TRIES = 20

export interface Refund {
  /** The call's id, bare. */
  readonly generationId: string
  /** Null: all that is left of what was charged. */
  readonly amountUsd: number | null
  readonly reason: string
  /** A refund of one call and key is made once. */
  readonly idempotencyKey: string
}

interface Deps {
  readonly ledger: WorkspaceCollection<LedgerEntry>
  readonly clock: Clock
}

/** Writes a refund into the ledger; the live balance does not know of it yet. */
export type RefundCall = (workspaceId: string, refund: Refund) => Promise<LedgerEntry>

/**
 * Refunds a call, together never more than left the balance for it. Each refund says what was refunded before it, and the
 * database takes each such word once (a unique index): of two that saw the same refunds, one looks again.
 *
 * @throws charge_not_found, refund_too_high, invalid_amount, idempotency_conflict, conflict
 */
export function createRefundCall({ ledger, clock }: Deps): RefundCall {
  return async (workspaceId, refund) => {
    const { generationId, amountUsd, reason, idempotencyKey } = refund
    const wanted = amountUsd === null ? null : readAmount(amountUsd)
    const _id = `refund:${generationId}:${idempotencyKey}`
    for (let tried = 0; tried < TRIES; tried += 1) {
      const { charge, refunds } = await look(workspaceId, generationId)
      const made = refunds.find((entry) => entry._id === _id)
      if (made) return requireAmount(made, wanted)
      const before = totalOf(refunds)
      const entry: LedgerEntry = {
        ...headOf(_id, workspaceId, clock.now()),
        type: 'refund',
        amountNanodollars: amountLeft(charge, before, wanted),
        generationId,
        reason,
        call: charge.call,
        refundedBeforeNanodollars: before,
        applied: false,
      }
      if ((await ledger.insertMissing([entry])) > 0) return entry
    }
    throw refundConflict({})
  }

  async function look(workspaceId: string, generationId: string) {
    const [charge, refunds] = await Promise.all([
      ledger.findOne(workspaceId, { _id: generationId, type: { $in: ['usage', 'evaluation'] } }),
      ledger.find(workspaceId, { generationId, refundedBeforeNanodollars: { $exists: true } }),
    ])
    if (!charge) throw chargeNotFound({}, { param: 'generationId' })
    return { charge, refunds }
  }
}

function headOf(_id: string, workspaceId: string, now: number) {
  return { _id, workspaceId, position: positionOf(now, _id), at: now, writtenAt: now }
}

function requireAmount(made: LedgerEntry, wanted: Nanodollars | null): LedgerEntry {
  if (wanted !== null && wanted !== made.amountNanodollars) throw idempotencyConflict({})
  return made
}

function amountLeft(charge: LedgerEntry, before: Nanodollars, wanted: Nanodollars | null): Nanodollars {
  const paid = -charge.amountNanodollars - (charge.forgivenNanodollars ?? 0)
  const left = nanodollars(Math.max(ZERO, paid - before))
  if (left === 0 || (wanted ?? ZERO) > left) throw refundTooHigh({ left: decimalDollars(left) }, { param: 'amountUsd' })
  return wanted ?? left
}
