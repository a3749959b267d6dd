import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Logger } from '../../../shared/runtime/logger.ts'
import type { BenchmarkRun, CellResult, CellScore, StoredPrompt } from './benchmark-documents.ts'
import type { MetricsOf, RankOutcome, RunMetric } from './run-metrics.ts'

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

/** A model that judges is asked so often for one score. */
const MOST_TRIES = 3

export function createScoreResults({ results, metricsOf, clock, logger }: Deps): ScoreResults {
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
      const waitMs = await rankRows(prompt, rows, metric)
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
      const outcome = await retried(() => score(`${row._id}:${metricId}`, answered))
      if (outcome?.type === 'later') {
        waitMs = outcome.waitMs
        break
      }
      found.push({ metricId, value: outcome?.value ?? null, reason: outcome ? outcome.reason : UNJUDGED })
    }
    if (found.length > 0) await keep(row, found)
    return waitMs
  }

  /** A single answer is compared with none; those of a prompt are ranked together or not at all. */
  async function rankRows(
    { messagesJson, _id }: StoredPrompt,
    rows: readonly CellResult[],
    { id: metricId, rank }: RunMetric,
  ): Promise<number | null> {
    const [first] = rows
    if (!rank || !first || rows.length < 2 || rows.every((row) => isScored(row, metricId))) return null
    const answers = rows.map((row) => ({ variantId: row.variantId, answer: answerOf(row) }))
    const ranked = { messages: JSON.parse(messagesJson) as unknown, answers }
    const outcome = await retried(() => rank(`${first.runId}:${_id}:${metricId}`, ranked))
    if (outcome?.type === 'later') return outcome.waitMs
    for (const { row, value } of rows.map((each) => ({ row: each, value: winRateOf(outcome, each) }))) {
      const reason = outcome?.type === 'unranked' ? outcome.reason : outcome ? UNCOMPARED : UNJUDGED
      await keep(row, [{ metricId, value, reason: value === null ? reason : null }])
    }
    return null
  }

  async function keep(row: CellResult, scores: readonly CellScore[]): Promise<void> {
    for (const score of scores) {
      const unscored = { _id: row._id, 'scores.metricId': { $ne: score.metricId } }
      await results.update(row.workspaceId, unscored, { $push: { scores: score } })
    }
  }

  /** Null: it failed too often. */
  async function retried<Outcome>(ask: () => Promise<Outcome>): Promise<Outcome | null> {
    for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
      try {
        return await ask()
      } catch (error) {
        logger.warn({ err: error, tries }, "an answer of a benchmark's run could not be scored")
      }
    }
    return null
  }
}

function winRateOf(outcome: RankOutcome | null, { variantId }: CellResult): number | null {
  return outcome?.type === 'ranked' ? (outcome.winRates.get(variantId) ?? null) : null
}

const UNCOMPARED = 'It was compared with no other.'
const UNJUDGED = 'The model that judges did not answer.'

function isScored({ scores }: CellResult, metricId: string): boolean {
  return scores.some((score) => score.metricId === metricId)
}

function answerOf({ answerJson }: CellResult): unknown {
  return answerJson === null ? null : (JSON.parse(answerJson) as unknown)
}
