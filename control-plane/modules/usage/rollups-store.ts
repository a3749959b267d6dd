import { isDuplicateKey, type Upsert, type WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { encodeCells } from './encode-cells.ts'
import { MINUTES_KEPT_MS, type RolledSlot } from './plan-hour.ts'
import { RolledUpElsewhere, type HeldLease } from './roll-up-leases.ts'
import { USAGE_COUNTERS } from './usage-counters.ts'
import type { UsageRollup } from './usage-documents.ts'
import type { RollupLevel, TimeWindow } from './usage-slots.ts'
import type { UsageCell } from './usage-table.ts'

/** The encoded cells of one slot, or of a part of it. */
export interface StoredCells {
  readonly startsAt: number
  readonly counts: Uint8Array
  /** Null: they were not asked for. */
  readonly latencies: Uint8Array | null
}

export interface ReadRequest extends TimeWindow {
  readonly level: RollupLevel
  readonly withLatencies: boolean
}

export interface NewRollup {
  readonly level: RollupLevel
  readonly startsAt: number
  readonly cells: readonly UsageCell[]
  readonly fromMinutes: boolean
}

export interface RollupsStore {
  /** Puts a rollup in the place of what there was of its slot. @throws RolledUpElsewhere */
  write(lease: HeldLease, rollup: NewRollup): Promise<void>
  /** By slot, each as one worker wrote it. */
  read(workspaceId: string, request: ReadRequest): Promise<StoredCells[]>
  /** When slots of a level were rolled up last, by their beginnings. */
  rolled(workspaceId: string, level: RollupLevel, window: TimeWindow): Promise<Map<number, RolledSlot>>
}

/** A cell is rarely more than a kilobyte and never more than eight, and a document not more than 16 MB. */
const CELLS_A_PART = 1_000
/** How often a rollup of several parts may be replaced while it is read. */
const MOST_READS = 10

interface Deps {
  readonly rollups: WorkspaceCollection<UsageRollup>
  readonly clock: Clock
  readonly createId: CreateId
}

export function createRollupsStore({ rollups, clock, createId }: Deps): RollupsStore {
  return {
    async write(lease, rollup) {
      const { workspaceId, epoch } = lease
      const { level, startsAt } = rollup
      const revision = createId()
      const [first, ...others] = partsOf(lease, rollup, { revision, rolledAt: clock.now() })
      await rollups.upsertEach(others)
      try {
        await rollups.upsertEach([{ ...first, conditions: { epoch: { $lte: epoch } } }])
      } catch (error) {
        if (!isDuplicateKey(error)) throw error
        await rollups.deleteAll(workspaceId, { level, startsAt, revision })
        throw new RolledUpElsewhere('another worker has rolled up the same time', { cause: error })
      }
      await rollups.deleteAll(workspaceId, { level, startsAt, part: { $gt: 0 }, revision: { $ne: revision } })
    },

    async read(workspaceId, { level, from, to, withLatencies }) {
      const wanted = { startsAt: 1, part: 1, parts: 1, revision: 1, counts: 1 }
      const stages = [{ $project: withLatencies ? { ...wanted, latencies: 1 } : wanted }]
      for (let reads = 0; reads < MOST_READS; reads++) {
        const found = await rollups.aggregate(workspaceId, { level, startsAt: { $gte: from, $lt: to } }, stages)
        const current = currentParts(found as unknown as StoredPart[])
        if (current) return current.map(toStoredCells)
      }
      throw new Error('a rollup was replaced each time it was read')
    },

    async rolled(workspaceId, level, { from, to }) {
      const filter = { level, startsAt: { $gte: from, $lt: to }, part: 0 }
      const stages = [{ $project: { startsAt: 1, rolledAt: 1, calls: 1, fromMinutes: 1 } }]
      const found = (await rollups.aggregate(workspaceId, filter, stages)) as unknown as UsageRollup[]
      return new Map(found.map((each) => [each.startsAt, each]))
    },
  }
}

interface Written {
  readonly revision: string
  readonly rolledAt: number
}

function partsOf({ workspaceId, epoch }: HeldLease, rollup: NewRollup, written: Written): [Upsert, ...Upsert[]] {
  const { level, startsAt, cells, fromMinutes } = rollup
  const parts = Math.max(1, Math.ceil(cells.length / CELLS_A_PART))
  const calls = sumOfCalls(cells)
  const expiresAt = level === 'minute' ? new Date(startsAt + MINUTES_KEPT_MS) : null
  const partOf = (part: number): Upsert => {
    const { counts, latencies } = encodeCells(cells.slice(part * CELLS_A_PART, (part + 1) * CELLS_A_PART))
    const bytes = { counts: Buffer.from(counts), latencies: Buffer.from(latencies) }
    const fields = { level, startsAt, part, parts, epoch, calls, fromMinutes, expiresAt, ...written, ...bytes }
    return {
      _id: idOf(workspaceId, rollup, part === 0 ? '' : `:${written.revision}:${part}`),
      workspaceId,
      update: { $set: fields },
    }
  }
  return [partOf(0), ...Array.from({ length: parts - 1 }, (_none, place) => partOf(place + 1))]
}

function idOf(workspaceId: string, { level, startsAt }: NewRollup, rest: string): string {
  return `${workspaceId}:${level}:${startsAt}${rest}`
}

const CALLS = USAGE_COUNTERS.indexOf('calls')

function sumOfCalls(cells: readonly UsageCell[]): number {
  return cells.reduce((sum, { totals }) => sum + (totals[CALLS] ?? 0), 0)
}

export interface StoredPart {
  readonly startsAt: number
  readonly part: number
  readonly parts: number
  readonly revision: string
  readonly counts: StoredBytes
  readonly latencies?: StoredBytes
}

/** As the driver gives them. */
interface StoredBytes {
  readonly buffer: Uint8Array
  readonly position: number
}

/** The parts of first parts' revisions. Null: one was replaced while it was read, for not all of it is there. */
export function currentParts<Part extends Pick<StoredPart, 'startsAt' | 'part' | 'parts' | 'revision'>>(
  found: readonly Part[],
): Part[] | null {
  const heads = new Map(found.filter(({ part }) => part === 0).map((head) => [head.startsAt, head]))
  const current = found.filter(({ startsAt, revision }) => heads.get(startsAt)?.revision === revision)
  const expected = [...heads.values()].reduce((sum, { parts }) => sum + parts, 0)
  return current.length === expected ? current : null
}

function toStoredCells({ startsAt, counts, latencies }: StoredPart): StoredCells {
  return { startsAt, counts: toBytes(counts), latencies: latencies ? toBytes(latencies) : null }
}

function toBytes({ buffer, position }: StoredBytes): Uint8Array {
  return buffer.subarray(0, position)
}
