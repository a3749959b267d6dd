import { Schema, type Connection, type Model } from 'mongoose'
import type { WorkspaceDocument } from '../../database/workspace-collection.ts'
import type { KeyLimits } from '../../../shared/limits/limit-settings.ts'
import type { Surface } from '../../../shared/llm/surfaces.ts'

export interface ApiKey extends WorkspaceDocument {
  readonly name: string
  /** SHA-256, hex. */
  readonly hash: string
  readonly lastFour: string
  readonly allowedModels: readonly string[] | null
  readonly allowedSurfaces: readonly Surface[] | null
  readonly expiresAt: number | null
  /** Only what was ever said; keys of before there were limits have none. */
  readonly limits?: Partial<KeyLimits>
  readonly revokedAt: number | null
  readonly createdAt: number
  readonly createdBy: string
}

export function createKeyModel(connection: Connection): Model<ApiKey> {
  const text = { type: String, required: true }
  const optional = { type: Schema.Types.Mixed, default: null }
  const schema = new Schema<ApiKey>(
    {
      _id: text,
      workspaceId: text,
      name: text,
      hash: text,
      lastFour: text,
      allowedModels: optional,
      allowedSurfaces: optional,
      expiresAt: { type: Number, default: null },
      limits: limitsSchema(),
      revokedAt: { type: Number, default: null },
      createdAt: { type: Number, required: true },
      createdBy: text,
    },
    { collection: 'keys', versionKey: false },
  )
  schema.index({ workspaceId: 1, revokedAt: 1 })
  schema.index({ workspaceId: 1, hash: 1 })
  return connection.model<ApiKey>('ApiKey', schema)
}

function limitsSchema(): Schema {
  return new Schema({ requestsPerMinute: Number, tokensPerMinute: Number, concurrency: Number }, { _id: false })
}
