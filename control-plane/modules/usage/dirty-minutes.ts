import { isDuplicateKey, type Upsert, type WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { DirtyMinute } from './usage-documents.ts'
import { slotOf, type TimeWindow } from './usage-slots.ts'

/** What a mark needs to know of a record. */
export interface AnnouncedCall {
  readonly workspaceId: string
  readonly startedAt: number
}

/**
 * Which minutes have to be rolled up again. Records are announced before they are written, and it is said after that
 * they are there. Whoever rolls up reads marks first, then calls, and clears only marks that are as it read them: so a
 * record that it did not see has a mark, whoever dies when.
 */
export interface DirtyMinutes {
  /** Marks the minutes of calls whose records are about to be written. @returns to be called when they are there */
  announce(calls: readonly AnnouncedCall[]): Promise<() => Promise<void>>
  /** Those of some workspaces that have anything to roll up. */
  dirtyWorkspaces(workspaceIds: readonly string[]): Promise<string[]>
  /** What there is to roll up, the newest first. */
  list(workspaceId: string, limit: number): Promise<ListedMinute[]>
  /** Says that these were rolled up since they were listed. */
  clear(workspaceId: string, marks: readonly ListedMinute[]): Promise<void>
  /** The first minute of a window with records that are not rolled up; null: none. */
  firstPending(workspaceId: string, window: TimeWindow): Promise<number | null>
}

export interface ListedMinute extends DirtyMinute {
  /** When it was listed nobody was about to write records of it any more. */
  readonly isSettled: boolean
}

/** No batch of records takes as long to be written: its writer is dead, or will mark again. */
const WRITER_LIMIT_MS = 60_000
/** Two writers may make one mark at the same moment; then one of them finds it. */
const MOST_ATTEMPTS = 10

interface Deps {
  readonly minutes: WorkspaceCollection<DirtyMinute>
  readonly clock: Clock
  readonly createId: CreateId
}

export function createDirtyMinutes({ minutes, clock, createId }: Deps): DirtyMinutes {
  const toRollUp = (): object => ({ $or: [{ pending: true }, { keepUntil: { $lte: clock.now() } }] })

  return {
    async announce(calls) {
      const touched = touchedMinutes(calls)
      const writer = createId()
      const keepUntil = clock.now() + WRITER_LIMIT_MS
      await mark(touched, ({ minute }) => ({
        $push: { writers: writer },
        $max: { keepUntil },
        $set: { stamp: createId() },
        $setOnInsert: { minute, pending: false },
      }))
      return () =>
        mark(touched, ({ minute }) => ({
          $pull: { writers: writer },
          $set: { stamp: createId(), pending: true },
          $setOnInsert: { minute, keepUntil: 0 },
        }))
    },

    async dirtyWorkspaces(workspaceIds) {
      const rows = await minutes.aggregateIn(workspaceIds, toRollUp(), [{ $group: { _id: '$workspaceId' } }])
      return rows.map(({ _id }) => String(_id))
    },

    async list(workspaceId, limit) {
      const now = clock.now()
      const found = await minutes.find(workspaceId, toRollUp(), { sort: { minute: -1 }, limit })
      return found.map((each) => ({ ...each, isSettled: !each.writers?.length || each.keepUntil <= now }))
    },

    async clear(workspaceId, marks) {
      const done = marks.filter(({ isSettled }) => isSettled)
      // A stamp is of one mark, so that these two lists match only what was read.
      await minutes.deleteAll(workspaceId, {
        _id: { $in: done.map(({ _id }) => _id) },
        stamp: { $in: done.map(({ stamp }) => stamp) },
      })
      const kept = marks.filter(({ isSettled }) => !isSettled)
      await Promise.all(
        kept.map(({ _id, stamp }) => minutes.update(workspaceId, { _id, stamp }, { $set: { pending: false } })),
      )
    },

    async firstPending(workspaceId, { from, to }) {
      const pending = { pending: true, minute: { $gte: from, $lt: to } }
      const [first] = await minutes.find(workspaceId, pending, { sort: { minute: 1 }, limit: 1 })
      return first?.minute ?? null
    },
  }

  async function mark(touched: readonly MinuteOf[], updateOf: (minute: MinuteOf) => object): Promise<void> {
    const upserts = touched.map((each): Upsert => {
      return { _id: `${each.workspaceId}:${each.minute}`, workspaceId: each.workspaceId, update: updateOf(each) }
    })
    for (let attempt = 1; ; attempt++) {
      try {
        return await minutes.upsertEach(upserts)
      } catch (error) {
        // Marking again does no harm to those that were marked.
        if (!isDuplicateKey(error) || attempt === MOST_ATTEMPTS) throw error
      }
    }
  }
}

interface MinuteOf {
  readonly workspaceId: string
  readonly minute: number
}

function touchedMinutes(calls: readonly AnnouncedCall[]): MinuteOf[] {
  const touched = new Map<string, MinuteOf>()
  for (const { workspaceId, startedAt } of calls) {
    const minute = slotOf('minute', startedAt)
    touched.set(`${minute} ${workspaceId}`, { workspaceId, minute })
  }
  return [...touched.values()]
}
