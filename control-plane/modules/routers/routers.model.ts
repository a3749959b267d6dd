import { Schema, type Connection, type Model } from 'mongoose'
import type { StoredRouter } from './stored-router.ts'

export type { StoredRouter }

export function createRouterModel(connection: Connection): Model<StoredRouter> {
  const text = { type: String, required: true }
  const number = { type: Number, required: true }
  const schema = new Schema<StoredRouter>(
    {
      _id: text,
      workspaceId: text,
      name: text,
      routing: { type: Schema.Types.Mixed, required: true },
      capture: { type: Schema.Types.Mixed, default: null },
      version: number,
      deletedAt: { type: Number, default: null },
      createdAt: number,
      createdBy: text,
    },
    { collection: 'routers', versionKey: false },
  )
  schema.index({ workspaceId: 1, _id: -1 })
  return connection.model<StoredRouter>('Router', schema)
}
