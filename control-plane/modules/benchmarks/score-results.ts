import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Logger } from '../../../shared/runtime/logger.ts'
import type { BenchmarkRun, CellResult, CellScore, StoredPrompt } from './benchmark-documents.ts'
import { answerOf, createKeepScores, isScored, UNJUDGED } from './keep-scores.ts'
import { createRankResults } from './rank-results.ts'
import type { MetricsOf, RunMetric } from './run-metrics.ts'

interface Scoring {
  /** By the hashes of their content. */
  readonly prompts: ReadonlyMap<string, StoredPrompt>
  /** Of all variants, for each prompt. */
  readonly results: readonly CellResult[]
  /** When to stop for a while, by the monotonic clock. */
  readonly until: number
}

/** Scores results by the run's metrics. Gives how long to wait before the rest, in ms; null: all are scored. */
export type ScoreResults = (run: BenchmarkRun, scoring: Scoring) => Promise<number | null>

interface Deps {
  readonly results: WorkspaceCollection<CellResult>
  readonly metricsOf: MetricsOf
  readonly clock: Clock
  readonly logger: Logger
}

export function createScoreResults({ results, metricsOf, clock, logger }: Deps): ScoreResults {
  const keeper = createKeepScores({ results, logger })
  const rankRows = createRankResults(keeper)

  return async (run, { prompts, results: rows, until }) => {
    if (run.metricIds.length === 0) return null
    const wanted = new Set(run.metricIds)
    const metrics = (await metricsOf(run.workspaceId, run.abTestId)).filter(({ id }) => wanted.has(id))
    const answered = rows.filter(({ outcome }) => outcome === 'answered')
    for (const [promptId, ofPrompt] of Map.groupBy(answered, (row) => row.promptId)) {
      const prompt = prompts.get(promptId)
      if (!prompt) continue
      if (clock.monotonicMs() > until) return 0
      const waitMs = await scorePrompt(prompt, ofPrompt, metrics)
      if (waitMs !== null) return waitMs
    }
    return null
  }

  async function scorePrompt(
    prompt: StoredPrompt,
    rows: readonly CellResult[],
    metrics: readonly RunMetric[],
  ): Promise<number | null> {
    for (const row of rows) {
      const waitMs = await scoreRow(prompt, row, metrics)
      if (waitMs !== null) return waitMs
    }
    for (const metric of metrics) {
      const waitMs = await rankRows({ prompt, rows, metric })
      if (waitMs !== null) return waitMs
    }
    return null
  }

  async function scoreRow(
    { messagesJson, expectedOutput }: StoredPrompt,
    row: CellResult,
    metrics: readonly RunMetric[],
  ): Promise<number | null> {
    const messages: unknown = JSON.parse(messagesJson)
    const answered = { messages, answer: answerOf(row), expectedOutput, finishReason: row.finishReason }
    const found: CellScore[] = []
    let waitMs: number | null = null
    for (const { id: metricId, score } of metrics) {
      if (!score || isScored(row, metricId)) continue
      const outcome = await keeper.retried(() => score(`${row._id}:${metricId}`, answered))
      if (outcome?.type === 'later') {
        waitMs = outcome.waitMs
        break
      }
      found.push({ metricId, value: outcome?.value ?? null, reason: outcome ? outcome.reason : UNJUDGED })
    }
    if (found.length > 0) await keeper.keep(row, found)
    return waitMs
  }
}
