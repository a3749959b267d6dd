import { Schema, type Connection, type Model } from 'mongoose'
import type { Benchmark, BenchmarkRun, CellResult, RunBatch, StoredPrompt } from './benchmark-documents.ts'

export interface BenchmarkModels {
  readonly benchmarks: Model<Benchmark>
  readonly prompts: Model<StoredPrompt>
  readonly runs: Model<BenchmarkRun>
  readonly batches: Model<RunBatch>
  readonly results: Model<CellResult>
}

const text = { type: String, required: true }
const number = { type: Number, required: true }
const optionalText = { type: String, default: null }
const optionalNumber = { type: Number, default: null }
const texts = { type: [String], default: [] }

export function createBenchmarkModels(connection: Connection): BenchmarkModels {
  return {
    benchmarks: connection.model<Benchmark>('Benchmark', benchmarkSchema()),
    prompts: connection.model<StoredPrompt>('BenchmarkPrompt', promptSchema()),
    runs: connection.model<BenchmarkRun>('BenchmarkRun', runSchema()),
    batches: connection.model<RunBatch>('BenchmarkRunBatch', batchSchema()),
    results: connection.model<CellResult>('BenchmarkResult', resultSchema()),
  }
}

function benchmarkSchema(): Schema<Benchmark> {
  const schema = new Schema<Benchmark>(
    {
      _id: text,
      workspaceId: text,
      name: text,
      abTestId: optionalText,
      redact: { type: Boolean, required: true },
      archivedAt: optionalNumber,
      createdAt: number,
      createdBy: optionalText,
    },
    { collection: 'benchmarks', versionKey: false },
  )
  schema.index({ workspaceId: 1, _id: -1 })
  return schema
}

function promptSchema(): Schema<StoredPrompt> {
  const schema = new Schema<StoredPrompt>(
    {
      _id: text,
      workspaceId: text,
      benchmarkId: text,
      position: text,
      messagesJson: text,
      expectedOutput: optionalText,
      metadataJson: optionalText,
      source: text,
      addedAt: number,
    },
    { collection: 'benchmark_prompts', versionKey: false },
  )
  schema.index({ workspaceId: 1, benchmarkId: 1, position: 1 })
  return schema
}

function runSchema(): Schema<BenchmarkRun> {
  const schema = new Schema<BenchmarkRun>(
    {
      _id: text,
      workspaceId: text,
      benchmarkId: text,
      abTestId: text,
      variantIds: texts,
      baselineVariantId: optionalText,
      metricIds: texts,
      concurrency: number,
      state: text,
      pausedBecause: optionalText,
      turn: number,
      promptCount: number,
      cellCount: number,
      batchCount: number,
      createdAt: number,
      createdBy: text,
      endedAt: optionalNumber,
    },
    { collection: 'benchmark_runs', versionKey: false },
  )
  schema.index({ workspaceId: 1, benchmarkId: 1, _id: -1 })
  schema.index({ workspaceId: 1, state: 1 })
  return schema
}

function batchSchema(): Schema<RunBatch> {
  const schema = new Schema<RunBatch>(
    { _id: text, workspaceId: text, runId: text, batch: number, promptIds: texts, doneAt: optionalNumber },
    { collection: 'benchmark_run_batches', versionKey: false },
  )
  schema.index({ workspaceId: 1, runId: 1, batch: 1 })
  return schema
}

function resultSchema(): Schema<CellResult> {
  const schema = new Schema<CellResult>(
    {
      _id: text,
      workspaceId: text,
      runId: text,
      promptId: text,
      variantId: text,
      outcome: optionalText,
      errorCode: optionalText,
      chargeNanodollars: number,
      callIds: texts,
      generationId: optionalText,
      model: optionalText,
      costNanodollars: optionalNumber,
      latencyMs: optionalNumber,
      timeToFirstTokenMs: optionalNumber,
      inputTokens: optionalNumber,
      outputTokens: optionalNumber,
      finishReason: optionalText,
      answerJson: optionalText,
      scores: { type: [{ _id: false, metricId: text, value: optionalNumber, reason: optionalText }], default: [] },
      tries: number,
      openedAt: number,
    },
    { collection: 'benchmark_results', versionKey: false },
  )
  schema.index({ workspaceId: 1, runId: 1, outcome: 1 })
  schema.index({ workspaceId: 1, runId: 1, promptId: 1 })
  return schema
}
