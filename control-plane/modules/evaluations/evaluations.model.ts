import { Schema, type Connection, type Model, type SchemaDefinitionProperty } from 'mongoose'
import type { WorkspaceDocument } from '../../database/workspace-collection.ts'
import type { ScoreEvidence } from './score-evidence.ts'

export const DIRECTIONS = ['higher', 'lower'] as const
export const SCORE_SOURCES = ['evaluator', 'judge', 'custom', 'manual'] as const
export const JUDGEMENT_STATES = ['failed', 'skipped'] as const

/** What the answers of an A/B test are measured by. Ids are ULIDs. */
export interface Metric extends WorkspaceDocument {
  readonly abTestId: string
  /** A kind of evaluator, or `custom` or `manual`. */
  readonly kind: string
  readonly name: string
  /** While it is in use: its name, so that a test has one of each. Then its id. */
  readonly nameKey: string
  /** Which values are the better ones. */
  readonly direction: (typeof DIRECTIONS)[number]
  /** For people, for example `errors`; null: the value has none. */
  readonly unit: string | null
  /** As the evaluator's kind asks for them. */
  readonly settings: Readonly<Record<string, unknown>>
  /** Of all answers, the share that is scored, 0 to 1. */
  readonly samplingRate: number
  /** The model that judges, with its gateway before it; null where the kind asks none. */
  readonly judgeModel: string | null
  /** The same of the model that embeds. */
  readonly embeddingModel: string | null
  readonly enabled: boolean
  readonly createdAt: number
  /** Null: it is in use. */
  readonly archivedAt: number | null
}

/** What a metric says of one answer. Its id is the call's and the metric's: there is one of each. */
export interface MetricScore extends WorkspaceDocument {
  readonly generationId: string
  readonly metricId: string
  readonly metricName: string
  readonly abTestId: string
  readonly variantId: string
  readonly unitId: string
  /** Null: the answer cannot be scored; `reason` says why. */
  readonly value: number | null
  readonly reason: string | null
  readonly source: (typeof SCORE_SOURCES)[number]
  /** When the call began, ms: windows of time go by it. */
  readonly at: number
  readonly scoredAt: number
  /** What routing may learn of it; null, or absent on scores older than learning: nothing. */
  readonly evidence?: ScoreEvidence | null
}

/** What evaluators need of a call. It is content, and goes after some days. */
export interface EvaluationInput extends WorkspaceDocument {
  readonly abTestId: string
  readonly variantId: string
  readonly unitId: string
  readonly messages: unknown
  readonly answer: unknown
  readonly expectedOutput: string | null
  readonly finishReason: string | null
  /** When the call began, ms. */
  readonly at: number
  /** What routing may learn of its scores. */
  readonly evidence?: ScoreEvidence | null
  readonly expiresAt: Date
}

/** A judgement that did not come about. Its id is the call's and the metric's. */
export interface MissedJudgement extends WorkspaceDocument {
  readonly generationId: string
  readonly metricId: string
  readonly metricName: string
  readonly abTestId: string
  /** `failed`: it was tried. `skipped`: nobody was asked. */
  readonly state: (typeof JUDGEMENT_STATES)[number]
  readonly code: string
  readonly reason: string
  readonly at: number
}

/** What a workspace lets judges cost, and how often they are asked. */
export interface JudgeSettings extends WorkspaceDocument {
  /** In any month of UTC. */
  readonly monthlyNanodollars: number
  readonly requestsPerMinute: number
}

/** What judges were asked for in one month; the id is the workspace and the month, as `2026-11`. */
export interface JudgeSpending extends WorkspaceDocument {
  readonly month: string
  /** Including the worst case of what is being asked now. */
  readonly nanodollars: number
  /** Whether somebody was told that nothing is left. */
  readonly alerted: boolean
}

const text = { type: String, required: true }
const optionalText = { type: String, default: null }
const number = { type: Number, required: true }
const flag = { type: Boolean, required: true }
const anything = { type: Schema.Types.Mixed, default: null }

export type EvaluationModels = ReturnType<typeof createEvaluationModels>

export function createEvaluationModels(connection: Connection) {
  return {
    metrics: metricModel(connection),
    scores: scoreModel(connection),
    inputs: inputModel(connection),
    missed: missedModel(connection),
    judgeSettings: plainModel<JudgeSettings>(connection, 'judge_settings', {
      monthlyNanodollars: number,
      requestsPerMinute: number,
    }),
    judgeSpending: plainModel<JudgeSpending>(connection, 'judge_spending', {
      month: text,
      nanodollars: number,
      alerted: flag,
    }),
  }
}

function metricModel(connection: Connection): Model<Metric> {
  const schema = new Schema<Metric>(
    {
      _id: text,
      workspaceId: text,
      abTestId: text,
      kind: text,
      name: text,
      nameKey: text,
      direction: { ...text, enum: [...DIRECTIONS] },
      unit: optionalText,
      settings: anything,
      samplingRate: number,
      judgeModel: optionalText,
      embeddingModel: optionalText,
      enabled: flag,
      createdAt: number,
      archivedAt: { type: Number, default: null },
    },
    // Settings without any field are kept as what they are, and not left out.
    { collection: 'metrics', versionKey: false, minimize: false },
  )
  schema.index({ workspaceId: 1, abTestId: 1, nameKey: 1 }, { unique: true })
  schema.index({ workspaceId: 1, _id: -1 })
  return connection.model<Metric>('Metric', schema)
}

function scoreModel(connection: Connection): Model<MetricScore> {
  const schema = new Schema<MetricScore>(
    {
      _id: text,
      workspaceId: text,
      generationId: text,
      metricId: text,
      metricName: text,
      abTestId: text,
      variantId: text,
      unitId: text,
      value: { type: Number, default: null },
      reason: optionalText,
      source: { ...text, enum: [...SCORE_SOURCES] },
      at: number,
      scoredAt: number,
      evidence: anything,
    },
    { collection: 'scores', versionKey: false },
  )
  schema.index({ workspaceId: 1, _id: -1 })
  schema.index({ workspaceId: 1, metricId: 1, at: 1 })
  schema.index({ workspaceId: 1, abTestId: 1, _id: -1 })
  schema.index({ workspaceId: 1, abTestId: 1, scoredAt: 1, _id: 1 })
  return connection.model<MetricScore>('MetricScore', schema)
}

function inputModel(connection: Connection): Model<EvaluationInput> {
  const schema = new Schema<EvaluationInput>(
    {
      _id: text,
      workspaceId: text,
      abTestId: text,
      variantId: text,
      unitId: text,
      messages: anything,
      answer: anything,
      expectedOutput: optionalText,
      finishReason: optionalText,
      at: number,
      evidence: anything,
      expiresAt: { type: Date, required: true },
    },
    { collection: 'evaluation_inputs', versionKey: false, minimize: false },
  )
  schema.index({ workspaceId: 1, _id: -1 })
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })
  return connection.model<EvaluationInput>('EvaluationInput', schema)
}

function missedModel(connection: Connection): Model<MissedJudgement> {
  const schema = new Schema<MissedJudgement>(
    {
      _id: text,
      workspaceId: text,
      generationId: text,
      metricId: text,
      metricName: text,
      abTestId: text,
      state: { ...text, enum: [...JUDGEMENT_STATES] },
      code: text,
      reason: text,
      at: number,
    },
    { collection: 'missed_judgements', versionKey: false },
  )
  schema.index({ workspaceId: 1, _id: -1 })
  schema.index({ workspaceId: 1, abTestId: 1, _id: -1 })
  return connection.model<MissedJudgement>('MissedJudgement', schema)
}

/** A collection of few documents, found by their ids. */
function plainModel<Document extends WorkspaceDocument>(
  connection: Connection,
  name: string,
  fields: Record<string, SchemaDefinitionProperty>,
): Model<Document> {
  const schema = new Schema<Document>({ _id: text, workspaceId: text, ...fields } as never, {
    collection: name,
    versionKey: false,
  })
  return connection.model<Document>(name, schema)
}
