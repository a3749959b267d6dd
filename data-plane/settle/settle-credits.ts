import { nanodollars, type Nanodollars } from '../../shared/money/nanodollars.ts'
import type { LeaseKeeper } from '../leases/lease-keeper.ts'
import type { RequestContext } from '../request-context.ts'

/** What a call's record makes due in its workspace's lease. */
export interface RecordedCharge {
  readonly workspaceId: string
  readonly charge: Nanodollars
}

/** What the records of one batch make due, by workspace. */
export type BatchCharges = ReadonlyMap<string, number>

/**
 * Replaces what a call held by what it costs, in this process's lease. Redis is told of the charge when the record of
 * the call is safe: so the ledger will have whatever was taken. It is told of all charges of a batch of records to a
 * workspace at once, under the batch's id; the worker that brings the batch into the ledger tells Redis again, by the
 * same id, for a process that did not live to do it.
 *
 * @returns what is due when the record is safe; null: nothing
 */
export function settleCredits(
  { workspace, reservation }: RequestContext,
  charge: Nanodollars,
  leases: LeaseKeeper,
): RecordedCharge | null {
  if (!workspace || reservation.type !== 'held') return null
  const { workspaceId } = workspace
  leases.settle(workspaceId, reservation.amount, charge)
  return charge > 0 ? { workspaceId, charge } : null
}

/** What becomes of the charges when their records are safe, or lost: without a record there is no charge. */
export function followRecords(leases: LeaseKeeper) {
  return {
    onKept(batchId: string, charges: BatchCharges): void {
      for (const [workspaceId, charge] of charges) {
        leases.charge(workspaceId, { id: batchId, charge: nanodollars(charge) })
      }
    },
    onLost(charges: BatchCharges): void {
      for (const [workspaceId, charge] of charges) leases.dropCharge(workspaceId, nanodollars(charge))
    },
  }
}
