import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Logger } from '../../../shared/runtime/logger.ts'
import type { CellResult, CellScore } from './benchmark-documents.ts'

/** What scoring single answers and ranking them have in common. */
export interface KeepScores {
  /** Adds scores to a result, one of each metric. */
  keep(row: CellResult, scores: readonly CellScore[]): Promise<void>
  /** Asks some times; null: it failed each time. */
  retried<Outcome>(ask: () => Promise<Outcome>): Promise<Outcome | null>
}

interface Deps {
  readonly results: WorkspaceCollection<CellResult>
  readonly logger: Logger
}

/** A model that judges is asked so often for one score. */
const MOST_TRIES = 3

export const UNJUDGED = 'The model that judges did not answer.'

export function createKeepScores({ results, logger }: Deps): KeepScores {
  return {
    async keep(row: CellResult, scores: readonly CellScore[]): Promise<void> {
      for (const score of scores) {
        const unscored = { _id: row._id, 'scores.metricId': { $ne: score.metricId } }
        await results.update(row.workspaceId, unscored, { $push: { scores: score } })
      }
    },

    async retried<Outcome>(ask: () => Promise<Outcome>): Promise<Outcome | null> {
      for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
        try {
          return await ask()
        } catch (error) {
          logger.warn({ err: error, tries }, "an answer of a benchmark's run could not be scored")
        }
      }
      return null
    },
  }
}

export function isScored({ scores }: CellResult, metricId: string): boolean {
  return scores.some((score) => score.metricId === metricId)
}

/** The message. */
export function answerOf({ answerJson }: CellResult): unknown {
  return answerJson === null ? null : (JSON.parse(answerJson) as unknown)
}
