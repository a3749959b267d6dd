import { Schema, type Connection, type Model } from 'mongoose'
import type { WorkspaceDocument } from '../../database/workspace-collection.ts'
import type { Gateway } from '../../../shared/llm/gateways.ts'

export interface Credential extends WorkspaceDocument {
  readonly name: string
  readonly gateway: Gateway
  /** Sealed for the credential's id; null where the gateway asks for none. */
  readonly sealedSecret: string | null
  readonly lastFour: string | null
  /** Null: the gateway's own address. */
  readonly baseUrl: string | null
  readonly createdAt: number
}

export function createCredentialModel(connection: Connection): Model<Credential> {
  const text = { type: String, required: true }
  const optional = { type: String, default: null }
  const schema = new Schema<Credential>(
    {
      _id: text,
      workspaceId: text,
      name: text,
      gateway: text,
      sealedSecret: optional,
      lastFour: optional,
      baseUrl: optional,
      createdAt: { type: Number, required: true },
    },
    { collection: 'credentials', versionKey: false },
  )
  schema.index({ workspaceId: 1, gateway: 1 })
  return connection.model<Credential>('Credential', schema)
}
