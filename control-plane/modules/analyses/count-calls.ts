import { REFUSAL_RATE } from '../../../shared/ab-tests/call-metrics.ts'
import type { AnalysisSources, GivenScore } from './analysis-sources.ts'
import { readCallOutcome, type CallOutcome, type CallRecord } from './call-outcome.ts'
import type { CountsStore, TestReference } from './counts-store.ts'
import { changeCells, changeUnits, type CallChange } from './count-units.ts'
import type { VariantCell } from './variant-cell.ts'

/**
 * Counts the calls and scores of A/B tests into their hours. Each call counts once whoever counts it, however often: what
 * was counted of it is kept, and what is new of it takes the place of that. It may be run twice at one time, and may die
 * anywhere.
 */
export interface CountCalls {
  /** Counts what is new. @returns whether anything was */
  count(reference: TestReference): Promise<boolean>
  /** The same cells from all records, without what is counted: to see that they agree. */
  recount(reference: TestReference): Promise<ReadonlyMap<string, VariantCell>>
}

interface Deps {
  readonly store: CountsStore
  readonly sources: AnalysisSources
}

const CALLS_AT_ONCE = 500
const SCORES_AT_ONCE = 2_000
const MOST_CELLS = 64
/** Clocks of workers differ, and a score is seen a moment after its time. */
const LOOK_BACK_MS = 60_000
/** Sorts before every ULID. */
const FIRST_ID = '0'

export function createCountCalls({ store, sources }: Deps): CountCalls {
  return {
    async count(reference) {
      const before = (await store.finishPending(reference)).version
      while (await store.beginScan(reference)) await scanCalls(reference)
      await scanScores(reference)
      return (await store.state(reference)).version !== before
    },

    async recount(reference) {
      const cells = new Map<string, VariantCell>()
      const changes: CallChange[] = []
      for (let from = FIRST_ID; ;) {
        const records = await sources.callsFrom(reference.workspaceId, reference.abTestId, {
          from,
          limit: CALLS_AT_ONCE,
        })
        const outcomes = await readOutcomes(reference, records)
        changes.push(...outcomes.map((after) => ({ before: null, after })))
        const last = records.at(-1)
        if (!last || records.length < CALLS_AT_ONCE) break
        from = justAfter(last._id)
      }
      changeCells(cells, changeUnits(changes, new Map(), Infinity).units)
      return cells
    },
  }

  async function scanCalls(reference: TestReference): Promise<void> {
    for (;;) {
      const { scanFrom, version } = await store.state(reference)
      if (scanFrom === null) return
      const range = { from: scanFrom, limit: CALLS_AT_ONCE }
      const records = await sources.callsFrom(reference.workspaceId, reference.abTestId, range)
      const { changes } = await changesOf(reference, records)
      const { taken } = await store.commit(reference, {
        version,
        changes,
        mostCells: MOST_CELLS,
        progressOf: (done) => ({ scanFrom: nextStart(records, changes, done) }),
      })
      if (taken === changes.length && records.length < CALLS_AT_ONCE) return
    }
  }

  async function scanScores(reference: TestReference): Promise<void> {
    const { scoredUpTo } = await store.state(reference)
    let after: { scoredAt: number; id: string } | null = null
    for (;;) {
      const scoredFrom: number = scoredUpTo - LOOK_BACK_MS
      const range = { scoredFrom, after, limit: SCORES_AT_ONCE }
      const scores = await sources.scoresFrom(reference.workspaceId, reference.abTestId, range)
      const last = scores.at(-1)
      if (!last) return
      await countScores(reference, scores)
      after = { scoredAt: last.scoredAt, id: last._id }
      if (scores.length < SCORES_AT_ONCE) return
    }
  }

  /** Scores of calls that are not counted yet come with their calls. */
  async function countScores(reference: TestReference, scores: readonly GivenScore[]): Promise<void> {
    const ids = [...new Set(scores.map(({ generationId }) => generationId))]
    const counted = await store.countedCalls(reference, ids)
    const fresh = scores.filter((score) => isNews(score, counted.get(score.generationId)))
    const freshIds = [...new Set(fresh.map(({ generationId }) => generationId))]
    const scoredUpTo = scores.at(-1)?.scoredAt ?? 0
    for (let start = 0; start < freshIds.length;) {
      const batch = freshIds.slice(start, start + CALLS_AT_ONCE)
      const { version } = await store.state(reference)
      const { changes } = await changesOf(reference, await sources.callsByIds(reference.workspaceId, batch))
      const known = changes.filter(({ before }) => before !== null)
      const { taken } = await store.commit(reference, {
        version,
        changes: known,
        mostCells: MOST_CELLS,
        progressOf: () => ({}),
      })
      start += taken === known.length ? batch.length : 0
    }
    await store.advanceScores(reference, scoredUpTo)
  }

  /** What is new of some calls. */
  async function changesOf(reference: TestReference, records: readonly CallRecord[]) {
    const outcomes = await readOutcomes(reference, records)
    const counted = await store.countedCalls(
      reference,
      outcomes.map(({ generationId }) => generationId),
    )
    const changes = outcomes.flatMap((after): CallChange[] => {
      const before = counted.get(after.generationId) ?? null
      return before && JSON.stringify(before) === JSON.stringify(after) ? [] : [{ before, after }]
    })
    return { changes }
  }

  async function readOutcomes({ workspaceId, abTestId }: TestReference, records: readonly CallRecord[]) {
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
}

function isNews({ metricId, value }: GivenScore, counted: CallOutcome | undefined): boolean {
  if (!counted) return false
  const before = counted.values.find(([key]) => key === metricId)?.[1] ?? null
  return before !== value
}

/** Where the next look begins; null: all calls that are known are counted. */
function nextStart(records: readonly CallRecord[], changes: readonly CallChange[], taken: number): string | null {
  if (taken < changes.length) return changes[taken]?.after.generationId ?? null
  const last = records.at(-1)
  return last && records.length >= CALLS_AT_ONCE ? justAfter(last._id) : null
}

/** Sorts between an id and the next one. */
function justAfter(id: string): string {
  return `${id}0`
}
