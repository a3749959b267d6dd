import { invalidInput } from '../../api/api.errors.ts'
import { toPage, type Page, type PageRequest } from '../../api/page.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Redis } from '../../../shared/redis/connect.ts'
import { snapshotRevisionKey } from '../../../shared/redis/keys.ts'
import { diffSnapshots, type SnapshotChange } from '../../../shared/snapshot/diff-snapshots.ts'
import { unpackSnapshot } from './pack-snapshot.ts'
import { revisionNotFound, revisionNotKept } from './snapshots.errors.ts'
import {
  KEEP_REVISION_DAYS,
  type SnapshotPin,
  type SnapshotRevision,
  type SnapshotState,
  type SnapshotStateModel,
} from './snapshots.model.ts'

export { KEEP_REVISION_DAYS, type SnapshotPin, type SnapshotRevision }

export interface PublishedSnapshot {
  readonly changes: number
  readonly dirty: boolean
  readonly revision: string | null
  readonly publishedAt: number | null
  /** What is served, without anything sealed or hashed; null while none is published or Redis is away. */
  readonly content: unknown
  /** Null: nothing is pinned. */
  readonly pin: SnapshotPin | null
}

export type ListedRevision = Omit<SnapshotRevision, 'content'> & {
  /** Whether its routing is served now. */
  readonly isCurrent: boolean
  readonly isPinned: boolean
}

export interface SnapshotDifference {
  readonly from: string
  readonly to: string
  readonly changes: readonly SnapshotChange[]
  /** More than are listed, where there are more than MOST_CHANGES. */
  readonly totalCount: number
}

export interface SnapshotReadModel {
  /** What a workspace's sources compiled to, newest first. */
  revisions(workspaceId: string, request: PageRequest): Promise<Page<ListedRevision>>
  /**
   * A revision of the workspace by its name or its first digits.
   *
   * @param param what the caller named it in
   * @throws SignalboxError `snapshot_revision_not_found` when none, or more than one, is called so
   */
  findRevision(workspaceId: string, named: string, param: string): Promise<SnapshotRevision>
  /** What changed from one revision of the workspace to another. */
  diff(workspaceId: string, from: string, to: string): Promise<SnapshotDifference>
  find(workspaceId: string): Promise<PublishedSnapshot>
  /** The snapshots with a change older than a time that is not known to be published. */
  listDirty(before: number): Promise<string[]>
  /** The snapshots that have been published and must be in Redis. */
  listPublished(): Promise<string[]>
}

interface Deps {
  readonly model: SnapshotStateModel
  readonly revisions: WorkspaceCollection<SnapshotRevision>
  readonly pins: WorkspaceCollection<SnapshotPin>
  readonly redis: Redis
}

/** A difference with more of them is read in the configuration itself. */
export const MOST_CHANGES = 500
/** Their order, and that of `snapshot-revisions.ts`. */
const NEWEST_FIRST = { changes: -1, _id: -1 } as const

const SECRETS = new Set(['sealedSecret', 'hash'])

export function createSnapshotReadModel(deps: Deps): SnapshotReadModel {
  return { ...createStateReads(deps), ...createRevisionReads(deps) }
}

type StateReads = 'find' | 'listDirty' | 'listPublished'

function createStateReads({ model, pins, redis }: Deps): Pick<SnapshotReadModel, StateReads> {
  return {
    async find(workspaceId) {
      const [state, pin] = await Promise.all([
        model.findById(workspaceId).lean<SnapshotState>(),
        pins.findOne(workspaceId, {}),
      ])
      const revision = state?.revision ?? null
      return {
        changes: state?.changes ?? 0,
        dirty: (state?.dirtyAt ?? null) !== null,
        revision,
        publishedAt: state?.publishedAt ?? null,
        content: revision === null ? null : await readContent(workspaceId, revision),
        pin,
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

function createRevisionReads(deps: Deps): Omit<SnapshotReadModel, StateReads> {
  const { model, revisions, pins } = deps

  return {
    async revisions(workspaceId, { first, after }) {
      const stages = [{ $sort: NEWEST_FIRST }, { $limit: first + 1 }, { $project: { content: 0 } }]
      const [found, pin, state] = await Promise.all([
        revisions.aggregate(workspaceId, after === null ? {} : afterPosition(after), stages),
        pins.findOne(workspaceId, {}),
        model.findById(workspaceId).lean<SnapshotState>(),
      ])
      const current = pin?.revision ?? state?.revision ?? null
      const listed = (found as unknown as Omit<SnapshotRevision, 'content'>[]).map((revision) => ({
        ...revision,
        isCurrent: revision.revision === current,
        isPinned: revision.revision === pin?.revision,
      }))
      return toPage(listed, first)
    },

    findRevision,

    async diff(workspaceId, from, to) {
      const [before, after] = [await findRevision(workspaceId, from, 'from'), await findRevision(workspaceId, to, 'to')]
      const changes = diffSnapshots(await contentOf(before, 'from'), await contentOf(after, 'to'))
      const { length: totalCount } = changes
      return { from: before.revision, to: after.revision, changes: changes.slice(0, MOST_CHANGES), totalCount }
    },
  }

  async function findRevision(workspaceId: string, named: string, param: string): Promise<SnapshotRevision> {
    // Names are hexadecimal: `g` comes after every name that begins so.
    const found = await revisions.find(workspaceId, { revision: { $gte: named, $lt: `${named}g` } }, { limit: 2 })
    const [revision, another] = found
    if (!revision || another) throw revisionNotFound({ revision: named }, { param })
    return revision
  }
}

async function contentOf({ revision, content }: SnapshotRevision, param: string): Promise<object> {
  if (content === null) throw revisionNotKept({ revision }, { param })
  try {
    return await unpackSnapshot(content)
  } catch (error) {
    throw revisionNotKept({ revision }, { param, cause: error })
  }
}

/** Where a revision stands in the list, as a cursor keeps it. */
export function positionOf({ changes, _id }: Pick<SnapshotRevision, 'changes' | '_id'>): string {
  return `${changes} ${_id}`
}

function afterPosition(position: string): object {
  const [, changes, _id] = /^(\d{1,15}) (.+)$/.exec(position) ?? []
  if (changes === undefined)
    throw invalidInput({ field: 'after', fault: 'is not a cursor of this list' }, { param: 'after' })
  return { $or: [{ changes: { $lt: Number(changes) } }, { changes: Number(changes), _id: { $lt: _id } }] }
}
