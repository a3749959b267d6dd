import { isDuplicateKey, type WorkspaceCollection } from '../../database/workspace-collection.ts'
import { diffSnapshots, summarizeChanges } from '../../../shared/snapshot/diff-snapshots.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { WorkspaceSnapshot } from '../../../shared/snapshot/snapshot-schema.ts'
import { packSnapshot, unpackSnapshot, withoutSecrets, type PackedSnapshot } from './pack-snapshot.ts'
import type { SnapshotRevision } from './snapshots.read-model.ts'

/** So many revisions of a workspace are kept, the newest of them. */
export const MOST_REVISIONS = 50
const MOST_NAMED = 20
/** MongoDB takes 16 MB a document. A larger one is listed, and can be neither compared nor pinned. */
const LARGEST_PACKED_BYTES = 8_000_000

export interface CompiledRevision {
  readonly revision: string
  readonly snapshot: WorkspaceSnapshot
  readonly sizeBytes: number
  /** How many changes of the sources it knows of. */
  readonly changes: number
}

export interface SnapshotRevisions {
  /** Keeps what a workspace's sources compiled to, and lets go of what is too old. Again it changes nothing. */
  recordRevision(workspaceId: string, compiled: CompiledRevision): Promise<void>
}

interface Deps {
  readonly revisions: WorkspaceCollection<SnapshotRevision>
  readonly clock: Clock
}

/** What was compiled, to look back at and to go back to. The order of revisions is the order of changes they know of. */
export function createSnapshotRevisions({ revisions, clock }: Deps): SnapshotRevisions {
  return {
    async recordRevision(workspaceId, { revision, snapshot, sizeBytes, changes }) {
      const [newest] = await revisions.find(workspaceId, {}, { sort: NEWEST_FIRST, limit: 1 })
      // A compile that comes late was never the newest.
      if (newest && newest.changes > changes) return
      if (newest?.revision === revision) {
        await revisions.update(workspaceId, { revision }, { $max: { changes } })
        return
      }
      const kept = withoutSecrets(snapshot)
      const packed = await packSnapshot(kept)
      const content = packed.length > LARGEST_PACKED_BYTES ? null : packed
      const changed = (await changedSince(newest?.content ?? null, kept)).slice(0, MOST_NAMED)
      const fields = { revision, changes, publishedAt: clock.now(), sizeBytes, changed, content, replacedAt: null }
      await put(workspaceId, fields)
      if (newest) {
        const replacedAt = new Date(clock.now())
        await revisions.update(workspaceId, { revision: newest.revision }, { $set: { replacedAt } })
      }
      await forgetOldest(workspaceId)
    },
  }

  async function put(workspaceId: string, fields: Omit<SnapshotRevision, '_id' | 'workspaceId'>): Promise<void> {
    try {
      const _id = `${workspaceId}:${fields.revision}`
      await revisions.upsertEach([{ _id, workspaceId, update: { $set: fields } }])
    } catch (error) {
      // Another worker recorded it at the same moment.
      if (!isDuplicateKey(error)) throw error
    }
  }

  async function forgetOldest(workspaceId: string): Promise<void> {
    const beyond = [{ $sort: NEWEST_FIRST }, { $skip: MOST_REVISIONS }, { $project: { _id: 1 } }]
    const found = await revisions.aggregate(workspaceId, {}, beyond)
    if (found.length > 0) await revisions.deleteAll(workspaceId, { _id: { $in: found.map(({ _id }) => _id) } })
  }
}

const NEWEST_FIRST = { changes: -1, _id: -1 } as const

/** What is unreadable or was not kept cannot be compared with: then it is not known what changed. */
async function changedSince(before: PackedSnapshot | null, after: WorkspaceSnapshot): Promise<string[]> {
  if (before === null) return []
  const earlier = await unpackSnapshot(before).catch(() => null)
  return earlier === null ? [] : summarizeChanges(diffSnapshots(earlier, after))
}
