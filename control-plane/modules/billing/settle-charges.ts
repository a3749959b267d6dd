import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { RecordedSettlement } from '../../../shared/money/credit-balance.ts'
import type { CallOfEntry, LedgerEntry, Metered } from './ledger-entry.ts'
import { positionOf } from './entry-position.ts'

/**
 * How the charges of a batch of records are settled: those that calls held in a lease together, under the batch's id, as
 * the data plane settles them; the others each by itself.
 */

export interface Charge {
  readonly generationId: string
  readonly workspaceId: string
  /** What left the balance; not negative. */
  readonly amount: Nanodollars
  /** What the call cost beyond that: it was neither held nor there. Not negative. */
  readonly forgiven: Nanodollars
  /** When the call began. */
  readonly at: number
  /** The lease it was reserved from; null: a record from before leases. */
  readonly leaseId: string | null
  readonly purpose: 'live' | 'evaluation' | 'benchmark'
  readonly call: CallOfEntry
  readonly metered: Metered
}

/** An entry that a call makes, but for when it is written. */
export type ChargeEntry = Omit<LedgerEntry, 'writtenAt' | 'applied' | 'refundedBeforeNanodollars'>

/** With which others an entry is settled, and what they come to, with what was forgiven; not above zero. */
export interface BatchOfEntry {
  readonly id: string
  readonly amountNanodollars: number
}

/** A workspace's charges of one batch, with the entries that they make and the settlements that Redis is told. */
export interface SettledCharges {
  readonly workspaceId: string
  readonly entries: readonly ChargeEntry[]
  readonly settlements: readonly RecordedSettlement[]
}

/**
 * Redis is told what left the balance. The ledger has what a call cost, and against it what of that was forgiven; the
 * two come to the same.
 *
 * @param batchId undefined: every record came alone
 */
export function settleCharges(charges: readonly Charge[], batchId: string | undefined): SettledCharges[] {
  return [...Map.groupBy(charges, ({ workspaceId }) => workspaceId)].map(([workspaceId, own]) => {
    const [together, alone] = batchId === undefined ? [[], own] : split(own)
    const total = together.reduce((sum, { amount }) => sum + amount, 0)
    const batch = batchId === undefined ? undefined : { id: batchId, amountNanodollars: 0 - total }
    const settlements: RecordedSettlement[] = alone.map(({ generationId, amount, leaseId }) => ({
      id: generationId,
      charge: amount,
      leaseId,
    }))
    const leaseId = together[0]?.leaseId
    if (batch && leaseId) settlements.push({ id: batch.id, charge: nanodollars(total), leaseId })
    const entries = [
      ...together.flatMap((charge) => toEntries(charge, batch)),
      ...alone.flatMap((charge) => toEntries(charge, batchOfOne(charge))),
    ]
    return { workspaceId, entries, settlements }
  })
}

function split(charges: readonly Charge[]): [Charge[], Charge[]] {
  return [charges.filter(({ leaseId }) => leaseId !== null), charges.filter(({ leaseId }) => leaseId === null)]
}

/** For the two entries of a call to be known as one settlement, where a crash left only one of them. */
function batchOfOne({ generationId, amount, forgiven }: Charge): BatchOfEntry | undefined {
  return forgiven > 0 ? { id: generationId, amountNanodollars: 0 - amount } : undefined
}

function toEntries(charge: Charge, batch: BatchOfEntry | undefined): ChargeEntry[] {
  const { generationId, workspaceId, amount, forgiven, at, purpose, call, metered } = charge
  const common = { workspaceId, at, generationId, reason: null, call, ...(batch && { batch }) }
  const cost: ChargeEntry = {
    ...common,
    _id: generationId,
    position: positionOf(at, generationId),
    type: purpose === 'live' ? 'usage' : 'evaluation',
    amountNanodollars: 0 - amount - forgiven,
    metered,
  }
  if (forgiven === 0) return [cost]
  const _id = `forgiven:${generationId}`
  const position = positionOf(at, _id)
  return [
    { ...cost, forgivenNanodollars: forgiven },
    { ...common, _id, position, type: 'forgiven', amountNanodollars: forgiven },
  ]
}
