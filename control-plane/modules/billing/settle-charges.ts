import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { RecordedSettlement } from '../../../shared/money/credit-balance.ts'

/**
 * How the charges of a batch of records are settled: those that calls held in a lease together, under the batch's id, as
 * the data plane settles them; the others each by itself.
 */

export interface Charge {
  readonly generationId: string
  readonly workspaceId: string
  readonly amount: Nanodollars
  readonly at: number
  /** The lease it was reserved from; null: a record from before leases. */
  readonly leaseId: string | null
  readonly purpose: 'live' | 'evaluation' | 'benchmark'
}

/** A call's entry in the ledger. */
export interface ChargeEntry {
  readonly _id: string
  readonly workspaceId: string
  readonly position: string
  readonly type: 'charge' | 'evaluation'
  readonly amountNanodollars: number
  readonly at: number
  readonly generationId: string
  readonly batch?: BatchOfEntry
}

/** With which others an entry is settled, and what they come to; below zero. */
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

/** @param batchId undefined: every record came alone */
export function settleCharges(charges: readonly Charge[], batchId: string | undefined): SettledCharges[] {
  return [...Map.groupBy(charges, ({ workspaceId }) => workspaceId)].map(([workspaceId, own]) => {
    const [together, alone] = batchId === undefined ? [[], own] : split(own)
    const total = together.reduce((sum, { amount }) => sum + amount, 0)
    const batch = batchId === undefined ? undefined : { id: batchId, amountNanodollars: -total }
    const settlements: RecordedSettlement[] = alone.map(({ generationId, amount, leaseId }) => ({
      id: generationId,
      charge: amount,
      leaseId,
    }))
    const leaseId = together[0]?.leaseId
    if (batch && leaseId) settlements.push({ id: batch.id, charge: nanodollars(total), leaseId })
    return {
      workspaceId,
      entries: [...together.map((charge) => toEntry(charge, batch)), ...alone.map((charge) => toEntry(charge))],
      settlements,
    }
  })
}

function split(charges: readonly Charge[]): [Charge[], Charge[]] {
  return [charges.filter(({ leaseId }) => leaseId !== null), charges.filter(({ leaseId }) => leaseId === null)]
}

function toEntry({ generationId, workspaceId, amount, at, purpose }: Charge, batch?: BatchOfEntry): ChargeEntry {
  return {
    _id: generationId,
    workspaceId,
    position: generationId,
    type: purpose === 'live' ? 'charge' : 'evaluation',
    amountNanodollars: -amount,
    at,
    generationId,
    ...(batch && { batch }),
  }
}

type RecentEntry = Pick<ChargeEntry, '_id' | 'amountNanodollars' | 'batch'>

/** What a restored balance is made of, of the latest entries. */
export interface RecentEntries {
  /** Of these the restored balance has all: they must not count again. */
  readonly ids: string[]
  /** What is not in the ledger yet of batches that are in it in part; below zero. */
  readonly missing: Nanodollars
}

/**
 * What to remember of the latest charges when a balance is restored from the ledger.
 *
 * @param recent the latest charges
 * @param ofBatches every entry of the batches that any of them belongs to
 */
export function rememberRecent(recent: readonly RecentEntry[], ofBatches: readonly RecentEntry[]): RecentEntries {
  const ids = recent.filter(({ batch }) => !batch).map(({ _id }) => _id)
  let missing = 0
  for (const [id, entries] of Map.groupBy(ofBatches, ({ batch }) => batch?.id ?? '')) {
    ids.push(id)
    const found = entries.reduce((sum, { amountNanodollars }) => sum + amountNanodollars, 0)
    missing += (entries[0]?.batch?.amountNanodollars ?? found) - found
  }
  return { ids, missing: nanodollars(missing) }
}
