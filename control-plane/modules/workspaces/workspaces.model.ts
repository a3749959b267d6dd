import { Schema, type Connection, type Model } from 'mongoose'
import { ROLES, type Role } from '../../access/permissions.ts'
import type { WorkspaceDocument } from '../../database/workspace-collection.ts'
import type { SnapshotSettings } from '../../../shared/snapshot/snapshot-schema.ts'

export interface Workspace {
  readonly _id: string
  readonly name: string
  readonly settings: SnapshotSettings
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
  const settings = new Schema<SnapshotSettings>(
    {
      markupMillionths: number,
      creditNanodollars: number,
      contentPolicy: { type: String, required: true, enum: ['none', 'metadata', 'full'] },
      pooledCredentials: { type: Boolean, required: true },
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
