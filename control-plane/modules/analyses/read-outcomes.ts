import { REFUSAL_RATE } from '../../../shared/ab-tests/call-metrics.ts'
import type { AnalysisSources } from './analysis-sources.ts'
import { readCallOutcome, type CallOutcome, type CallRecord } from './call-outcome.ts'
import type { CallChange } from './count-units.ts'
import type { CountsStore } from './counts-store.ts'
import type { TestReference } from './counts-writer.ts'

export interface ReadOutcomes {
  /** What calls say, with the scores that they have by now, in the order of the records. */
  outcomes(reference: TestReference, records: readonly CallRecord[]): Promise<CallOutcome[]>
  /** What is new of them. */
  changes(reference: TestReference, records: readonly CallRecord[]): Promise<CallChange[]>
}

export function createReadOutcomes(sources: AnalysisSources, store: CountsStore): ReadOutcomes {
  const outcomes: ReadOutcomes['outcomes'] = async ({ workspaceId, abTestId }, records) => {
    if (records.length === 0) return []
    const metrics = await sources.metricsOf(workspaceId, abTestId)
    const metricIds = [REFUSAL_RATE.id, ...metrics.map(({ id }) => id)]
    const ids = records.map(({ _id }) => _id)
    const scores = Map.groupBy(await sources.scoresOf(workspaceId, ids, metricIds), ({ generationId }) => generationId)
    return records.flatMap((record): CallOutcome[] => {
      const ofCall = (scores.get(record._id) ?? []).toSorted((a, b) => (a.metricId < b.metricId ? -1 : 1))
      const outcome = readCallOutcome(record, ofCall)
      return outcome ? [outcome] : []
    })
  }

  return {
    outcomes,

    async changes(reference, records) {
      const found = await outcomes(reference, records)
      const ids = found.map(({ generationId }) => generationId)
      const counted = await store.countedCalls(reference, ids)
      return found.flatMap((after): CallChange[] => {
        const before = counted.get(after.generationId) ?? null
        return before && JSON.stringify(before) === JSON.stringify(after) ? [] : [{ before, after }]
      })
    },
  }
}
