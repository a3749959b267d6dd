import { Schema, type Connection, type Model } from 'mongoose'
import { ROLES, type Role } from '../../access/permissions.ts'
import type { WorkspaceDocument } from '../../database/workspace-collection.ts'
import { GATEWAYS } from '../../../shared/llm/gateways.ts'
import type { StoredSettings } from './workspace-routing.ts'

export interface Workspace {
  readonly _id: string
  readonly name: string
  readonly settings: StoredSettings
  readonly createdAt: number
}

export interface Member extends WorkspaceDocument {
  /** `<workspace>:<user>`, so that a user is a member once. */
  readonly _id: string
  readonly userId: string
  readonly role: Role
  readonly createdAt: number
}

export interface WorkspaceModels {
  readonly workspaces: Model<Workspace>
  readonly members: Model<Member>
}

export function createWorkspaceModels(connection: Connection): WorkspaceModels {
  const text = { type: String, required: true }
  const number = { type: Number, required: true }
  const settings = new Schema<StoredSettings>(
    {
      markupMillionths: number,
      creditNanodollars: number,
      contentPolicy: { type: String, required: true, enum: ['none', 'metadata', 'full'] },
      pooledCredentials: { type: Boolean, required: true },
      contentRetentionDays: { type: Number, default: undefined },
      routing: routingSchema(),
      limits: limitsSchema(),
      cancelPolicy: cancelPolicySchema(),
    },
    { _id: false },
  )
  const workspaces = new Schema<Workspace>(
    { _id: text, name: text, settings: { type: settings, required: true }, createdAt: number },
    { collection: 'workspaces', versionKey: false },
  )
  const members = new Schema<Member>(
    { _id: text, workspaceId: text, userId: text, role: { ...text, enum: [...ROLES] }, createdAt: number },
    { collection: 'members', versionKey: false },
  )
  members.index({ workspaceId: 1, userId: 1 }, { unique: true })
  members.index({ userId: 1 })
  return {
    workspaces: connection.model<Workspace>('Workspace', workspaces),
    members: connection.model<Member>('Member', members),
  }
}

/** What was never said is not there; the words are checked on their way in, and again on their way into a snapshot. */
function routingSchema(): Schema {
  const texts = { type: [String], default: undefined }
  const provider = {
    only: texts,
    ignore: texts,
    sort: String,
    denyDataCollection: Boolean,
    zeroRetention: Boolean,
    maxInputRate: Number,
    maxOutputRate: Number,
  }
  return new Schema(
    {
      objective: String,
      service: String,
      fallbacks: texts,
      provider: new Schema(provider, { _id: false }),
      learnFromScores: Boolean,
    },
    { _id: false },
  )
}

function limitsSchema(): Schema {
  const fields = { requestsPerMinute: Number, tokensPerMinute: Number, concurrency: Number, whenRedisIsAway: String }
  return new Schema(fields, { _id: false })
}

function cancelPolicySchema(): Schema {
  const gateways = Object.fromEntries(GATEWAYS.map((gateway) => [gateway, String]))
  const fields = { mode: String, gateways: new Schema(gateways, { _id: false }), finishWithinMs: Number }
  return new Schema(fields, { _id: false })
}
