import type { WorkspaceDocument } from '../../database/workspace-collection.ts'

export const RUN_STATES = ['running', 'paused', 'cancelled', 'completed'] as const
export type RunState = (typeof RUN_STATES)[number]

export const PROMPT_SOURCES = ['capture', 'upload', 'generation'] as const
export type PromptSource = (typeof PROMPT_SOURCES)[number]

/** A collection of prompts. Its id is a ULID, or `test:<A/B test>` of the one that collects a test's own prompts. */
export interface Benchmark extends WorkspaceDocument {
  readonly name: string
  /** Null: it belongs to no A/B test; a run says whose variants it asks. */
  readonly abTestId: string | null
  /** Whether personal data is taken out of prompts before they are kept. */
  readonly redact: boolean
  /** Null: it is in use. */
  readonly archivedAt: number | null
  readonly createdAt: number
  /** The user; null: the first prompt that was captured made it. */
  readonly createdBy: string | null
}

/** One prompt of a benchmark. Its id is the benchmark's and the hash of its content: there is one of each. */
export interface StoredPrompt extends WorkspaceDocument {
  readonly benchmarkId: string
  /** A ULID: prompts are listed by it. */
  readonly position: string
  /** As JSON: names of properties may begin with `$`, which not every update of MongoDB accepts. */
  readonly messagesJson: string
  readonly expectedOutput: string | null
  readonly metadataJson: string | null
  readonly source: PromptSource
  readonly addedAt: number
}

/** Every variant asked every prompt. Ids are ULIDs. */
export interface BenchmarkRun extends WorkspaceDocument {
  readonly benchmarkId: string
  readonly abTestId: string
  readonly variantIds: readonly string[]
  /** What the others are compared with: the test's production variant when the run began, where it takes part. */
  readonly baselineVariantId: string | null
  readonly metricIds: readonly string[]
  /** Calls under way at a time. */
  readonly concurrency: number
  readonly state: RunState
  /** Why it paused by itself; null: it did not. */
  readonly pausedBecause: string | null
  /** Rises whenever it is resumed: work that was handed out before is not done twice. */
  readonly turn: number
  readonly promptCount: number
  readonly cellCount: number
  readonly batchCount: number
  readonly createdAt: number
  readonly createdBy: string
  /** Null: it goes on. */
  readonly endedAt: number | null
}

/** The prompts that are asked together. Its id is the run's and its number, from 0. */
export interface RunBatch extends WorkspaceDocument {
  readonly runId: string
  readonly batch: number
  /** The hashes of their content. */
  readonly promptIds: readonly string[]
  /** Null: not everything of it is answered and scored. */
  readonly doneAt: number | null
}

export interface CellScore {
  readonly metricId: string
  /** Null: the answer cannot be scored; `reason` says why. */
  readonly value: number | null
  readonly reason: string | null
}

/** What became of one prompt asked of one variant. Its id is the cell's. */
export interface CellResult extends WorkspaceDocument {
  readonly runId: string
  /** The hash of its content. */
  readonly promptId: string
  readonly variantId: string
  /** Null: it was tried and has to be tried again. */
  readonly outcome: 'answered' | 'failed' | null
  readonly errorCode: string | null
  /** What all of its calls took from the balance. */
  readonly chargeNanodollars: number
  /** The calls that are in it. */
  readonly callIds: readonly string[]
  /** The call that answered. */
  readonly generationId: string | null
  /** The model that answered, as Signalbox calls it; absent on results of before it was kept. */
  readonly model?: string | null
  readonly costNanodollars: number | null
  readonly latencyMs: number | null
  readonly timeToFirstTokenMs: number | null
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly finishReason: string | null
  /** The message; null: there is none, or it is too long to be kept. */
  readonly answerJson: string | null
  readonly scores: readonly CellScore[]
  /** Calls that failed. */
  readonly tries: number
  /** When the first thing was heard of it. */
  readonly openedAt: number
}
