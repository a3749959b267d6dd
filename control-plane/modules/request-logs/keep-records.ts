import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Generation } from '../../../shared/queues/generations.queue.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { KeptAs, StoredExposure, StoredGeneration } from './request-logs.read-model.ts'

/** A batch of records that is in the database. */
export interface KeptBatch {
  /** Under which the data plane handed it over; absent: each record is one of its own. */
  readonly id: string | undefined
  /** When the first run kept its records, ms; null: this one did. */
  readonly keptAt: number | null
  /** The records that came in this batch first. The others are those of a batch that came before, and count in it. */
  readonly own: readonly Generation[]
}

export type KeepRecords = (batch: readonly Generation[], batchId?: string) => Promise<KeptBatch>

interface Deps {
  readonly generations: WorkspaceCollection<StoredGeneration>
  readonly clock: Clock
}

/**
 * Keeps records by their id. Of two batches that have one of them, the database takes the first one's word, for good: so
 * each record is part of one charge, in whatever batches and however often it comes, and every run of a batch finds the
 * same ones to be its own.
 */
export function createKeepRecords({ generations, clock }: Deps): KeepRecords {
  return async (batch, id) => {
    const now = clock.now()
    const made = await generations.insertMissing(batch.map((each) => toStored(each, { batchId: id ?? null, at: now })))
    if (made === batch.length) return { id, keptAt: null, own: batch }
    const kept = await findKept(batch)
    const own = batch.filter((generation) => isOwn(kept.get(generation.id), id ?? null))
    const keptAt = own.reduce((first, generation) => Math.min(first, kept.get(generation.id)?.at ?? 0), now)
    return { id, keptAt, own }
  }

  async function findKept(batch: readonly Generation[]): Promise<Map<string, KeptAs>> {
    const workspaceIds = [...new Set(batch.map(({ workspaceId }) => workspaceId))]
    const filter = { _id: { $in: batch.map(({ id }) => id) }, kept: { $exists: true } }
    const rows = await generations.aggregateIn(workspaceIds, filter, [{ $project: { kept: 1 } }])
    return new Map(rows.map(({ _id, kept }) => [String(_id), kept as KeptAs]))
  }
}

/** One from before it was kept how records came is taken to have come like this. */
function isOwn(kept: KeptAs | undefined, batchId: string | null): boolean {
  return kept === undefined || kept.batchId === batchId
}

function toStored({ id, work: _work, exposure, ...fields }: Generation, kept: KeptAs): StoredGeneration {
  return { _id: id, ...fields, exposure: exposure && withoutDefinition(exposure), kept }
}

function withoutDefinition({
  definition: _definition,
  ...exposure
}: NonNullable<Generation['exposure']>): StoredExposure {
  return exposure
}
