import type { CellResult, StoredPrompt } from './benchmark-documents.ts'
import { answerOf, isScored, UNJUDGED, type KeepScores } from './keep-scores.ts'
import type { RankOutcome, RunMetric } from './run-metrics.ts'

interface Ranked {
  readonly prompt: StoredPrompt
  /** What the variants answered. */
  readonly rows: readonly CellResult[]
  readonly metric: RunMetric
}

/**
 * Ranks the answers to one prompt and keeps each one's win rate as its score. A single answer is compared with none;
 * those of a prompt are ranked together or not at all. Gives how long to wait, in ms; null: it is done.
 */
export function createRankResults({ keep, retried }: KeepScores) {
  return async ({
    prompt: { messagesJson, _id },
    rows,
    metric: { id: metricId, rank },
  }: Ranked): Promise<number | null> => {
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
}

function winRateOf(outcome: RankOutcome | null, { variantId }: CellResult): number | null {
  return outcome?.type === 'ranked' ? (outcome.winRates.get(variantId) ?? null) : null
}

const UNCOMPARED = 'It was compared with no other.'
