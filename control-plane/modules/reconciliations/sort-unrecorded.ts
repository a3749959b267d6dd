import { decodeTime } from 'ulid'
import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'

/**
 * What becomes of charges that processes told Redis of and the worker did not: they are on their way, or in the ledger
 * already (the worker died before it could say so), or their records are nowhere.
 */

/** A settlement as the ledger has it. */
export interface RecordedSums {
  /** What its entries come to; below zero. */
  readonly found: Nanodollars
  /** What they come to when all of them are there. */
  readonly whole: Nanodollars
}

interface Facts {
  readonly unrecorded: ReadonlyMap<string, Nanodollars>
  /** The batches that wait in Redis. Looked for before the ledger, so that none is missed between the two. */
  readonly waiting: ReadonlySet<string>
  readonly inLedger: ReadonlyMap<string, RecordedSums>
  readonly now: number
  /** A record that is nowhere may be on the disk of a data plane for so long. */
  readonly limitMs: number
}

export interface LostRecord {
  /** Of the batch of records, or of the record. */
  readonly settlementId: string
  readonly charge: Nanodollars
  /** When the settlement was made, ms. */
  readonly at: number
}

export interface SortedUnrecorded {
  /** In the ledger, whole: Redis may be told. */
  readonly recorded: readonly { readonly settlementId: string; readonly charge: Nanodollars }[]
  /** Oldest first. */
  readonly lost: readonly LostRecord[]
}

export function sortUnrecorded({ unrecorded, waiting, inLedger, now, limitMs }: Facts): SortedUnrecorded {
  const recorded: { settlementId: string; charge: Nanodollars }[] = []
  const lost: LostRecord[] = []
  for (const [settlementId, charge] of unrecorded) {
    const sums = inLedger.get(settlementId)
    if (sums !== undefined) {
      if (sums.found === sums.whole) recorded.push({ settlementId, charge: nanodollars(0 - sums.whole) })
      continue
    }
    const at = timeOf(settlementId)
    if (at !== null && !waiting.has(settlementId) && now - at > limitMs) lost.push({ settlementId, charge, at })
  }
  return { recorded, lost: lost.toSorted((left, right) => left.at - right.at) }
}

/** Settlements have ULIDs: of batches, or of generations. */
function timeOf(settlementId: string): number | null {
  try {
    return decodeTime(settlementId)
  } catch {
    return null
  }
}
