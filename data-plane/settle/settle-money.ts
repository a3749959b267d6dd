import type { AccountId } from '../../shared/money/account.ts'
import { nanodollars, type Nanodollars } from '../../shared/money/nanodollars.ts'
import type { LeaseKeeper } from '../leases/lease-keeper.ts'
import type { CallPrice } from '../call-price.ts'
import type { RequestContext } from '../request-context.ts'

/** What a call's record makes due in an account. */
export interface RecordedCharge {
  readonly account: AccountId
  readonly charge: Nanodollars
}

/** What the records of one batch make due in an account, added up. */
export interface DueSum {
  charge: number
}

/** What the records of one batch make due, by account. */
export type BatchCharges = ReadonlyMap<AccountId, Readonly<DueSum>>

const NOTHING_DUE: readonly RecordedCharge[] = []

/**
 * Replaces what a call held by what it costs, in this process's leases. Redis is told of the charge when the record of
 * the call is safe: so the ledger will have whatever was taken. It is told of all charges of a batch of records to an
 * account at once, under the batch's id; the worker that brings the batch into the ledger tells Redis again, by the
 * same id, for a process that did not live to do it.
 *
 * @returns what is due when the record is safe
 */
export function settleMoney(
  { reservation }: RequestContext,
  { charge, spend }: CallPrice,
  leases: LeaseKeeper,
): readonly RecordedCharge[] {
  if (reservation.type !== 'held') return NOTHING_DUE
  const due: RecordedCharge[] = []
  for (const { account, amount, budget } of reservation.holds) {
    const taken = budget ? spend : charge
    leases.settle(account, amount, taken)
    if (taken > 0) due.push({ account, charge: taken })
  }
  return due
}

/** What becomes of the charges when their records are safe, or lost: without a record there is no charge. */
export function followRecords(leases: LeaseKeeper) {
  return {
    onKept(batchId: string, charges: BatchCharges): void {
      for (const [account, { charge }] of charges) leases.charge(account, { id: batchId, charge: nanodollars(charge) })
    },
    onLost(charges: BatchCharges): void {
      for (const [account, { charge }] of charges) leases.dropCharge(account, nanodollars(charge))
    },
  }
}
