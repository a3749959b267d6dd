import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Logger } from '../../../shared/runtime/logger.ts'
import type { LedgerCheckpoint, MonthSum } from './ledger-entry.ts'
import { addSums, sumMonths, totalOf, type LedgerCollections } from './ledger-totals.ts'

/** Fewer entries than this are added up faster than a checkpoint is written. */
const WORTH_ENTRIES = 500
/**
 * How long an entry may be under way: it takes its `writtenAt` from the clock of the process that writes it, and can be
 * seen when the database has it. That takes milliseconds; the rest is for clocks that differ and for bad days.
 */
const MARGIN_MS = 10 * 60_000
/** For how long an entry is missed that was under way for longer all the same. */
const RECOUNT_EVERY_MS = 24 * 3_600_000

interface Deps extends LedgerCollections {
  readonly clock: Clock
  readonly logger: Logger
}

/** Makes a workspace's next checkpoint where enough entries have come. True when it did. */
export type KeepCheckpoint = (workspaceId: string) => Promise<boolean>

/**
 * A checkpoint goes by when entries were written and not by their position or time: a record may reach the ledger days
 * after its call, from the disk of a data plane, and would then stand among entries that were added up long ago. And it
 * leaves out what was written in the last ten minutes, because an earlier entry may still be on its way there. So what
 * it covers does not change any more, it can be made in several workers at once, and it may be lost.
 */
export function createKeepCheckpoint(deps: Deps): KeepCheckpoint {
  const { ledger, checkpoints, clock, logger } = deps

  return async (workspaceId) => {
    const now = clock.now()
    const upTo = now - MARGIN_MS
    const previous = await checkpoints.findOne(workspaceId, {})
    if (previous && previous.upTo >= upTo) return false
    const since = { writtenAt: { $gte: previous?.upTo ?? 0, $lt: upTo } }
    const fresh = await sumMonths(ledger, workspaceId, since)
    if (fresh.reduce((count, { entries }) => count + entries, 0) < WORTH_ENTRIES) return false
    const added = addSums(previous?.sums ?? [], fresh)
    const isCounted = previous === null || now - previous.countedAt < RECOUNT_EVERY_MS
    const sums = isCounted ? added : await recount(workspaceId, upTo, added)
    const countedAt = previous && isCounted ? previous.countedAt : now
    await replace({ _id: workspaceId, workspaceId, upTo, countedAt, sums })
    return true
  }

  async function recount(workspaceId: string, upTo: number, expected: readonly MonthSum[]): Promise<MonthSum[]> {
    const counted = addSums(await sumMonths(ledger, workspaceId, { writtenAt: { $lt: upTo } }))
    const difference = totalOf(counted) - totalOf(expected)
    if (difference !== 0) {
      logger.warn({ workspaceId, difference }, 'a checkpoint of the ledger missed entries and has been made anew')
    }
    return counted
  }

  /** Another worker's later one stays. */
  async function replace({ _id, workspaceId, ...fields }: LedgerCheckpoint): Promise<void> {
    const isNew = (await checkpoints.insertMissing([{ _id, workspaceId, ...fields }])) > 0
    if (!isNew) await checkpoints.update(workspaceId, { _id, upTo: { $lt: fields.upTo } }, { $set: fields })
  }
}
