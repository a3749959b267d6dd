import type { GenerationRecord } from '../../shared/queues/generations.queue.ts'
import { nanodollars, type Nanodollars } from '../../shared/money/nanodollars.ts'
import type { LeaseKeeper } from '../leases/lease-keeper.ts'
import type { RequestContext } from '../request-context.ts'

/**
 * Replaces what a call held by what it costs, in this process's lease. Redis is told of the charge when the record of
 * the call is safe: so the ledger will have whatever was taken. The worker that brings the record into the ledger tells
 * Redis again, by the same id, for a process that did not live to do it.
 */
export function settleCredits(
  { workspace, reservation }: RequestContext,
  charge: Nanodollars,
  leases: LeaseKeeper,
): void {
  if (workspace && reservation.type === 'held') leases.settle(workspace.workspaceId, reservation.amount, charge)
}

/** What becomes of the charges when their records are safe, or lost: without a record there is no charge. */
export function followRecords(leases: LeaseKeeper) {
  const charged = (generations: readonly GenerationRecord[]): GenerationRecord[] =>
    generations.filter(({ leaseId, chargeNanodollars }) => leaseId && chargeNanodollars > 0)
  return {
    onKept(generations: readonly GenerationRecord[]): void {
      for (const { id, workspaceId, chargeNanodollars } of charged(generations)) {
        leases.charge(workspaceId, { generationId: id, charge: nanodollars(chargeNanodollars) })
      }
    },
    onLost(generations: readonly GenerationRecord[]): void {
      for (const { workspaceId, chargeNanodollars } of charged(generations)) {
        leases.dropCharge(workspaceId, nanodollars(chargeNanodollars))
      }
    },
  }
}
