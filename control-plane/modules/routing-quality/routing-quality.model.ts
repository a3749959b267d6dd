import { Schema, type Connection, type Model, type SchemaDefinitionProperty } from 'mongoose'
import type { WorkspaceDocument } from '../../database/workspace-collection.ts'

/** What a workspace's scores taught. Its id is the workspace's. */
export interface LearnedQuality extends WorkspaceDocument {
  /** As JSON: `QualityKnowledge`, as snapshots carry it. */
  readonly knowledge: string
  /** As JSON: the `Finding`s behind it, at most MOST_FINDINGS. */
  readonly findings: string
  /** When it came to be as it is, ms. */
  readonly learnedAt: number
  /** When scores were looked at last, ms; what was new was not always worth telling. */
  readonly lookedAt: number
}

/** What a completed run of a benchmark teaches, which never changes. Its id is the run's. */
export interface RunEvidence extends WorkspaceDocument {
  /** As JSON: sums by metric, model and class. */
  readonly cells: string
  readonly expiresAt: Date
}

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
