import { Schema, type Connection } from 'mongoose'
import type { DirtyMinute, RollUpLease, UsageRollup } from './usage-documents.ts'

const text = { type: String, required: true }
const number = { type: Number, required: true }
const flag = { type: Boolean, required: true }
const bytes = { type: Buffer, required: true }

export function createUsageModels(connection: Connection) {
  return { rollups: rollups(connection), dirty: dirtyMinutes(connection), leases: leases(connection) }
}

function rollups(connection: Connection) {
  const schema = new Schema<UsageRollup>(
    {
      _id: text,
      workspaceId: text,
      level: text,
      startsAt: number,
      part: number,
      parts: number,
      revision: text,
      epoch: number,
      rolledAt: number,
      calls: number,
      fromMinutes: flag,
      counts: bytes,
      latencies: bytes,
      expiresAt: { type: Date, default: null },
    },
    { collection: 'usage_rollups', versionKey: false },
  )
  schema.index({ workspaceId: 1, level: 1, startsAt: 1 })
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })
  return connection.model<UsageRollup>('UsageRollup', schema)
}

function dirtyMinutes(connection: Connection) {
  const schema = new Schema<DirtyMinute>(
    {
      _id: text,
      workspaceId: text,
      minute: number,
      stamp: text,
      pending: flag,
      // No default: an upsert pushes to it, and may not set it as well.
      writers: { type: [String], default: undefined },
      keepUntil: number,
    },
    { collection: 'usage_dirty_minutes', versionKey: false },
  )
  schema.index({ workspaceId: 1, minute: -1 })
  return connection.model<DirtyMinute>('DirtyMinute', schema)
}

function leases(connection: Connection) {
  const schema = new Schema<RollUpLease>(
    { _id: text, workspaceId: text, epoch: number, leasedUntil: number },
    { collection: 'usage_leases', versionKey: false },
  )
  schema.index({ workspaceId: 1, _id: 1 })
  return connection.model<RollUpLease>('RollUpLease', schema)
}
