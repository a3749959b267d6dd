import { Schema, type Connection, type Model } from 'mongoose'
import type { WorkspaceDocument } from '../../database/workspace-collection.ts'
import type { Gateway } from '../../../shared/llm/gateways.ts'
import type { CredentialSetting } from './check-credential.ts'

export interface Credential extends WorkspaceDocument {
  readonly name: string
  readonly gateway: Gateway
  /** Sealed for the credential's id; null where the gateway asks for none. */
  readonly sealedSecret: string | null
  readonly lastFour: string | null
  /** A list and no object: a name may hold a dot. Absent on credentials older than settings. */
  readonly settings?: readonly CredentialSetting[]
  /** Null: the gateway's own address. */
  readonly baseUrl: string | null
  readonly createdAt: number
  /** When the gateway refused it last, since it was changed last; null or absent: it did not. */
  readonly refusedAt?: number | null
  /** The gateway's own sentence. */
  readonly refusalReason?: string | null
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
      settings: [{ _id: false, name: text, value: text }],
      baseUrl: optional,
      createdAt: { type: Number, required: true },
      refusedAt: { type: Number, default: null },
      refusalReason: optional,
    },
    { collection: 'credentials', versionKey: false },
  )
  schema.index({ workspaceId: 1, gateway: 1 })
  return connection.model<Credential>('Credential', schema)
}
