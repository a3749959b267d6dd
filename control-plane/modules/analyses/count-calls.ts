import type { AnalysisSources, GivenScore } from './analysis-sources.ts'
import type { CallOutcome, CallRecord } from './call-outcome.ts'
import type { CountsStore } from './counts-store.ts'
import type { TestReference } from './counts-writer.ts'
import { changeCells, changeUnits, type CallChange } from './count-units.ts'
import { createReadOutcomes, type ReadOutcomes } from './read-outcomes.ts'
import type { VariantCell } from './variant-cell.ts'

/**
 * Counts the calls and scores of A/B tests into their hours. Each call counts once whoever counts it, however often: what
 * was counted of it is kept, and what is new of it takes the place of that. It may be run twice at one time, and may die
 * anywhere.
 */
export interface CountCalls {
  /** Counts what is new. @throws CountedElsewhere */
  count(reference: TestReference): Promise<void>
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

export function createCountCalls(deps: Deps): CountCalls {
  const { store, sources } = deps
  const read = createReadOutcomes(sources, store)
  const scanCalls = createScanCalls(deps, read)
  const scanScores = createScanScores(deps, read)

  return {
    async count(reference) {
      while (await store.beginScan(reference)) await scanCalls(reference)
      await scanScores(reference)
    },

    async recount(reference) {
      const changes: CallChange[] = []
      let from: string | null = FIRST_ID
      while (from !== null) {
        const range = { from, limit: CALLS_AT_ONCE }
        const records = await sources.callsFrom(reference.workspaceId, reference.abTestId, range)
        const outcomes = await read.outcomes(reference, records)
        changes.push(...outcomes.map((after) => ({ before: null, after })))
        from = nextStart(records)
      }
      const cells = new Map<string, VariantCell>()
      changeCells(cells, changeUnits(changes, new Map(), Infinity).units)
      return cells
    },
  }
}

type Scan = (reference: TestReference) => Promise<void>

/** Counts all calls from where the scan stands. */
function createScanCalls({ store, sources }: Deps, read: ReadOutcomes): Scan {
  return async (reference) => {
    for (;;) {
      const { scanFrom, version } = await store.state(reference)
      if (scanFrom === null) return
      const range = { from: scanFrom, limit: CALLS_AT_ONCE }
      const records = await sources.callsFrom(reference.workspaceId, reference.abTestId, range)
      const changes = await read.changes(reference, records)
      const progressOf = (taken: number) => ({
        scanFrom: taken < changes.length ? (changes[taken]?.after.generationId ?? null) : nextStart(records),
      })
      await store.commit(reference, { version, changes, mostCells: MOST_CELLS, progressOf })
    }
  }
}

/** Counts scores that are new to calls which are counted. Scores of other calls come with their calls. */
function createScanScores({ store, sources }: Deps, read: ReadOutcomes): Scan {
  const countScores = async (reference: TestReference, scores: readonly GivenScore[]): Promise<void> => {
    const ids = [...new Set(scores.map(({ generationId }) => generationId))]
    const counted = await store.countedCalls(reference, ids)
    const news = scores.filter((score) => isNews(score, counted.get(score.generationId)))
    const newsIds = [...new Set(news.map(({ generationId }) => generationId))]
    for (let start = 0; start < newsIds.length;) {
      const batch = newsIds.slice(start, start + CALLS_AT_ONCE)
      const { version } = await store.state(reference)
      const changes = await read.changes(reference, await sources.callsByIds(reference.workspaceId, batch))
      const known = changes.filter(({ before }) => before !== null)
      const commit = { version, changes: known, mostCells: MOST_CELLS, progressOf: () => ({}) }
      const { taken } = await store.commit(reference, commit)
      // What was left over is found again: of what is counted nothing is new.
      if (taken === known.length) start += batch.length
    }
  }

  return async (reference) => {
    const { scoredUpTo } = await store.state(reference)
    const scoredFrom = scoredUpTo - LOOK_BACK_MS
    let after: { scoredAt: number; id: string } | null = null
    for (;;) {
      const range = { scoredFrom, after, limit: SCORES_AT_ONCE }
      const scores: readonly GivenScore[] = await sources.scoresFrom(reference.workspaceId, reference.abTestId, range)
      const last = scores.at(-1)
      if (!last) return
      await countScores(reference, scores)
      await store.advanceScores(reference, last.scoredAt)
      after = { scoredAt: last.scoredAt, id: last._id }
    }
  }
}

function isNews({ metricId, value }: GivenScore, counted: CallOutcome | undefined): boolean {
  if (!counted) return false
  const before = counted.values.find(([key]) => key === metricId)?.[1] ?? null
  return before !== value
}

/** Where the next look begins: between the last id and the one after it. Null: all calls that are known were seen. */
function nextStart(records: readonly CallRecord[]): string | null {
  const last = records.at(-1)
  return last && records.length >= CALLS_AT_ONCE ? `${last._id}0` : null
}
