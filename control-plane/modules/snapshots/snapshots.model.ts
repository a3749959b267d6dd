import { Schema, type Connection, type Model } from 'mongoose'

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

export type SnapshotStateModel = Model<SnapshotState>

export function createSnapshotStateModel(connection: Connection): SnapshotStateModel {
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
