import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { CreditBalance, RecordedSettlement } from '../../../shared/money/credit-balance.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { LedgerEntry } from './ledger-entry.ts'
import { findSettlements } from './ledger-settlements.ts'
import { settleCharges, type Charge, type SettledCharges } from './settle-charges.ts'

/** In what batch of records charges came. */
export interface ChargedBatch {
  /** Under which they are settled; absent: each record came alone. */
  readonly id?: string | undefined
  /** When the first run kept their records, ms; null: this one did. */
  readonly keptAt: number | null
}

/**
 * Writes what calls cost into the ledger, each generation once, and has the live balance know of it, each settlement once
 * however late and however often it comes.
 *
 * Redis remembers a settlement for minutes after the ledger has it, and records may come again days later, from a disk.
 * So Redis is told twice: before the ledger, and then it remembers for a week or until it is told that the ledger has it.
 * What the ledger has had for longer than Redis remembers was therefore taken, whoever died, and is not taken again.
 */
export type RecordCharges = (charges: readonly Charge[], batch?: ChargedBatch) => Promise<void>

/** Less than Redis remembers what the ledger has, by more than clocks differ and a run takes. */
const LATELY_MS = 5 * 60_000

/** What Redis is told of a workspace's charges. */
interface Told {
  readonly workspaceId: string
  readonly settlements: readonly RecordedSettlement[]
  /** The ledger has had these for long. */
  readonly confirmed: readonly RecordedSettlement[]
}

interface Deps {
  readonly ledger: Pick<WorkspaceCollection<LedgerEntry>, 'insertMissing' | 'aggregate'>
  readonly credit: Pick<CreditBalance, 'announce' | 'settle' | 'confirm'>
  readonly clock: Clock
}

export function createRecordCharges({ ledger, credit, clock }: Deps): RecordCharges {
  return async (charges, { id, keptAt } = { keptAt: null }) => {
    const settled = settleCharges(charges, id)
    const isLate = keptAt !== null && keptAt < clock.now() - LATELY_MS
    const told = await Promise.all(settled.map((own) => (isLate ? sortOut(own) : { ...own, confirmed: [] })))
    await Promise.all(told.map(announce))
    const writtenAt = clock.now()
    await ledger.insertMissing(settled.flatMap(({ entries }) => entries.map((entry) => ({ ...entry, writtenAt }))))
    await Promise.all(told.map(settle))
  }

  /** What is there in part is taken again: it was told of, so that Redis remembers it, or its run died before. */
  async function sortOut({ workspaceId, settlements }: SettledCharges): Promise<Told> {
    const ids = settlements.map(({ id }) => id)
    const before = clock.now() - LATELY_MS
    const sums = await findSettlements(ledger, workspaceId, ids)
    const isConfirmed = ({ id }: RecordedSettlement): boolean => {
      const sum = sums.get(id)
      return sum !== undefined && sum.found === sum.whole && sum.writtenAt < before
    }
    const confirmed = settlements.filter(isConfirmed)
    return { workspaceId, confirmed, settlements: settlements.filter((each) => !confirmed.includes(each)) }
  }

  async function announce({ workspaceId, settlements }: Told): Promise<void> {
    if (settlements.length > 0) await credit.announce(workspaceId, settlements, clock.now())
  }

  async function settle({ workspaceId, settlements, confirmed }: Told): Promise<void> {
    if (settlements.length > 0) await credit.settle(workspaceId, settlements, clock.now())
    if (confirmed.length > 0) await credit.confirm(workspaceId, confirmed, clock.now())
  }
}
