import { Schema, type Connection, type Model } from 'mongoose'
import type { WorkspaceDocument } from '../../database/workspace-collection.ts'
import type { PackedSnapshot } from './pack-snapshot.ts'

/** How far the publishing of one workspace's (or the catalog's) snapshot has come. */
export interface SnapshotState {
  /** The workspace's id, or `catalog`. */
  readonly _id: string
  /** Rises before and after every change of a source. */
  readonly changes: number
  /** Writers between their two increments. A writer that died stays counted until the sweep gives it up. */
  readonly writers: number
  /** When the latest change began that is not known to be published, ms; null: none. */
  readonly dirtyAt: number | null
  readonly revision: string | null
  readonly publishedAt: number | null
}

/** One content that a workspace's sources compiled to, served or not. */
export interface SnapshotRevision extends WorkspaceDocument {
  /** `<workspace>:<revision>`. */
  readonly _id: string
  readonly revision: string
  /** How many changes of the sources it knew of, the last time that it was the newest: the order of revisions. */
  readonly changes: number
  /** When it became the newest the last time, ms. */
  readonly publishedAt: number
  /** Of its bytes as data planes read them. */
  readonly sizeBytes: number
  /** What it changed of the one before it, as far as known; at most MOST_NAMED of them. */
  readonly changed: readonly string[]
  /** Null: too large to be kept. */
  readonly content: PackedSnapshot | null
  /** When another one became the newest; it expires after that. Null: none has. */
  readonly replacedAt: Date | null
}

/** A workspace's own word that an earlier revision's routing is served. Its content is here: a pin does not expire. */
export interface SnapshotPin extends WorkspaceDocument {
  /** The workspace's id: it has one pin or none. */
  readonly _id: string
  readonly revision: string
  readonly content: PackedSnapshot
  readonly reason: string
  readonly pinnedBy: string
  readonly pinnedAt: number
}

/** So long a revision is kept after it was replaced. */
export const KEEP_REVISION_DAYS = 30

export type SnapshotStateModel = Model<SnapshotState>

export function createSnapshotModels(connection: Connection) {
  return {
    states: createSnapshotStateModel(connection),
    revisions: createRevisionModel(connection),
    pins: createPinModel(connection),
  }
}

function createSnapshotStateModel(connection: Connection): SnapshotStateModel {
  const schema = new Schema<SnapshotState>(
    {
      _id: { type: String, required: true },
      changes: { type: Number, required: true, default: 0 },
      writers: { type: Number, required: true, default: 0 },
      dirtyAt: { type: Number, default: null },
      revision: { type: String, default: null },
      publishedAt: { type: Number, default: null },
    },
    { collection: 'snapshot_states', versionKey: false },
  )
  schema.index({ dirtyAt: 1 })
  return connection.model<SnapshotState>('SnapshotState', schema)
}

const text = { type: String, required: true }
const number = { type: Number, required: true }

function createRevisionModel(connection: Connection): Model<SnapshotRevision> {
  const schema = new Schema<SnapshotRevision>(
    {
      _id: text,
      workspaceId: text,
      revision: text,
      changes: number,
      publishedAt: number,
      sizeBytes: number,
      changed: { type: [String], default: [] },
      content: { type: Buffer, default: null },
      replacedAt: { type: Date, default: null },
    },
    { collection: 'snapshot_revisions', versionKey: false },
  )
  schema.index({ workspaceId: 1, changes: -1, _id: -1 })
  schema.index({ workspaceId: 1, revision: 1 })
  schema.index({ replacedAt: 1 }, { expireAfterSeconds: KEEP_REVISION_DAYS * 86_400 })
  return connection.model<SnapshotRevision>('SnapshotRevision', schema)
}

function createPinModel(connection: Connection): Model<SnapshotPin> {
  const schema = new Schema<SnapshotPin>(
    {
      _id: text,
      workspaceId: text,
      revision: text,
      content: { type: Buffer, required: true },
      reason: text,
      pinnedBy: text,
      pinnedAt: number,
    },
    { collection: 'snapshot_pins', versionKey: false },
  )
  schema.index({ workspaceId: 1 })
  return connection.model<SnapshotPin>('SnapshotPin', schema)
}
