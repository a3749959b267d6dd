import { Schema, type Connection, type Model, type SchemaDefinitionProperty } from 'mongoose'
import type { WorkspaceDocument } from '../../database/workspace-collection.ts'
import type { LearnedQuality, RunEvidence } from './quality-documents.ts'

const text = { type: String, required: true }
const number = { type: Number, required: true }

export interface RoutingQualityModels {
  readonly learned: Model<LearnedQuality>
  readonly runs: Model<RunEvidence>
}

export function createRoutingQualityModels(connection: Connection): RoutingQualityModels {
  const sums = { knowledge: text, findings: text, learnedAt: number, lookedAt: number }
  const runs = modelOf<RunEvidence>(connection, 'run_evidence', {
    cells: text,
    expiresAt: { type: Date, required: true },
  })
  runs.schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })
  return { learned: modelOf<LearnedQuality>(connection, 'learned_quality', sums), runs }
}

/** A collection whose documents are found by their ids. */
function modelOf<Document extends WorkspaceDocument>(
  connection: Connection,
  collection: string,
  fields: Record<string, SchemaDefinitionProperty>,
): Model<Document> {
  const schema = new Schema<Document>({ _id: text, workspaceId: text, ...fields } as never, {
    collection,
    versionKey: false,
  })
  return connection.model<Document>(collection, schema)
}
