import { Schema, type Connection, type Model, type SchemaDefinitionProperty } from 'mongoose'
import type { WorkspaceDocument } from '../../database/workspace-collection.ts'
import type {
  AnalysisAction,
  AnalysisPoint,
  AnalysisState,
  CountedCall,
  CountingState,
  StoredSettings,
  UnitOutcomeDocument,
  VariantHour,
} from './analysis-documents.ts'

const text = { type: String, required: true }
const number = { type: Number, required: true }
const flag = { type: Boolean, required: true }
const optionalText = { type: String, default: null }
const optionalNumber = { type: Number, default: null }
const anything = { type: Schema.Types.Mixed, required: true }
const counted = { abTestId: text, version: number }

export type AnalysisModels = ReturnType<typeof createAnalysisModels>

export function createAnalysisModels(connection: Connection) {
  const states = countingStates(connection)
  const calls = modelOf<CountedCall>(connection, 'counted_calls', { ...counted, outcome: text })
  const units = modelOf<UnitOutcomeDocument>(connection, 'unit_outcomes', { ...counted, outcome: text })
  return { states, calls, units, hours: hours(connection), ...analyses(connection) }
}

function countingStates(connection: Connection): Model<CountingState> {
  return modelOf<CountingState>(connection, 'counting_states', {
    version: number,
    newFrom: { type: String },
    scanFrom: optionalText,
    scoredUpTo: number,
    pending: optionalText,
  })
}

function hours(connection: Connection): Model<VariantHour> {
  const model = modelOf<VariantHour>(connection, 'variant_hours', {
    ...counted,
    variantId: text,
    randomized: flag,
    hour: optionalNumber,
    stages: anything,
    cell: text,
  })
  model.schema.index({ workspaceId: 1, abTestId: 1, hour: 1 })
  return model
}

function analyses(connection: Connection) {
  const settings = modelOf<StoredSettings>(connection, 'analysis_settings', {
    primaries: anything,
    guardrails: anything,
    alpha: number,
    tightestAt: number,
    adjustForPromptLength: flag,
    adaptive: text,
    autoPause: flag,
    autoPromote: flag,
    updatedAt: number,
    updatedBy: text,
  })
  const analysed = modelOf<AnalysisState>(connection, 'analyses', {
    countsVersion: number,
    smallestPValues: text,
    weights: text,
    hasAdapted: flag,
    decision: text,
    sentence: text,
    analysedAt: number,
  })
  return { settings, analysed, points: points(connection), actions: actions(connection) }
}

function points(connection: Connection): Model<AnalysisPoint> {
  const expiresAt = { type: Date, required: true }
  const fields = { abTestId: text, at: number, decision: text, values: text, expiresAt }
  const model = modelOf<AnalysisPoint>(connection, 'analysis_points', fields)
  model.schema.index({ workspaceId: 1, abTestId: 1, at: -1 })
  model.schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })
  return model
}

function actions(connection: Connection): Model<AnalysisAction> {
  const model = modelOf<AnalysisAction>(connection, 'analysis_actions', {
    abTestId: text,
    type: { type: String, required: true },
    variantIds: { type: [String], required: true },
    allocationBefore: { type: Schema.Types.Mixed, default: null },
    productionBefore: optionalText,
    reason: text,
    at: number,
    rolledBackAt: optionalNumber,
    rolledBackBy: optionalText,
  })
  model.schema.index({ workspaceId: 1, abTestId: 1, _id: -1 })
  return model
}

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
