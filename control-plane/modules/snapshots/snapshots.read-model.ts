import type { Redis } from '../../../shared/redis/connect.ts'
import { snapshotRevisionKey } from '../../../shared/redis/keys.ts'
import type { SnapshotState, SnapshotStateModel } from './snapshots.model.ts'

export interface PublishedSnapshot {
  readonly changes: number
  readonly dirty: boolean
  readonly revision: string | null
  readonly publishedAt: number | null
  /** What is served, without anything sealed or hashed; null while none is published or Redis is away. */
  readonly content: unknown
}

export interface SnapshotReadModel {
  find(workspaceId: string): Promise<PublishedSnapshot>
  /** The snapshots with a change older than a time that is not known to be published. */
  listDirty(before: number): Promise<string[]>
  /** The snapshots that have been published and must be in Redis. */
  listPublished(): Promise<string[]>
}

interface Deps {
  readonly model: SnapshotStateModel
  readonly redis: Redis
}

const SECRETS = new Set(['sealedSecret', 'hash'])

export function createSnapshotReadModel({ model, redis }: Deps): SnapshotReadModel {
  return {
    async find(workspaceId) {
      const state = await model.findById(workspaceId).lean<SnapshotState>()
      const revision = state?.revision ?? null
      return {
        changes: state?.changes ?? 0,
        dirty: (state?.dirtyAt ?? null) !== null,
        revision,
        publishedAt: state?.publishedAt ?? null,
        content: revision === null ? null : await readContent(workspaceId, revision),
      }
    },

    async listDirty(before) {
      const states = await model.find({ dirtyAt: { $ne: null, $lt: before } }, { _id: 1 }).lean()
      return states.map((state) => state._id)
    },

    async listPublished() {
      const states = await model.find({ revision: { $ne: null } }, { _id: 1 }).lean()
      return states.map((state) => state._id)
    },
  }

  async function readContent(workspaceId: string, revision: string): Promise<unknown> {
    const bytes = await redis.get(snapshotRevisionKey(workspaceId, revision)).catch(() => null)
    if (bytes === null) return null
    return JSON.parse(bytes, (name, value: unknown) => (SECRETS.has(name) ? undefined : value))
  }
}
