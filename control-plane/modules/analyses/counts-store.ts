import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { CountedCall, CountingState } from './analysis-documents.ts'
import type { CallOutcome } from './call-outcome.ts'
import type { CallChange } from './count-units.ts'
import { createCountsWriter, type CountCollections, type TestReference } from './counts-writer.ts'

interface Commit {
  /** Of the counts that the changes were worked out on. */
  readonly version: number
  readonly changes: readonly CallChange[]
  readonly mostCells: number
  /** What is to be remembered with the first so many changes. */
  readonly progressOf: (taken: number) => Partial<Pick<CountingState, 'scanFrom'>>
}

/**
 * Keeps counts, units and calls such that they always fit together. A change touches many documents: it is written down as
 * a whole first, under the version that it makes, and then brought to each of them. Whoever finds it unfinished finishes
 * it. Documents name the version that wrote them, so that bringing it twice, or late, changes nothing.
 */
export interface CountsStore extends CountingStates {
  countedCalls(reference: TestReference, generationIds: readonly string[]): Promise<ReadonlyMap<string, CallOutcome>>
  /** @returns how many of the changes were made; @throws CountedElsewhere */
  commit(reference: TestReference, commit: Commit): Promise<{ readonly taken: number }>
}

interface CountingStates {
  /** Says that calls came; from the lowest of their ids on they are looked for. */
  expect(reference: TestReference, generationId: string): Promise<void>
  state(reference: TestReference): Promise<CountingState>
  finishPending(reference: TestReference): Promise<CountingState>
  /** Takes up the calls that came. @returns whether there are any to look for */
  beginScan(reference: TestReference): Promise<boolean>
  advanceScores(reference: TestReference, scoredUpTo: number): Promise<void>
}

/** Another worker counts the same test. */
export class CountedElsewhere extends Error {}

type Deps = CountCollections & { readonly states: WorkspaceCollection<CountingState> }

export function createCountsStore(deps: Deps): CountsStore {
  const { states, calls } = deps
  const writer = createCountsWriter(deps)
  const counting = createCountingStates(deps)

  return {
    ...counting,

    async countedCalls({ workspaceId, abTestId }, generationIds) {
      const found: CountedCall[] = await calls.find(workspaceId, { abTestId, _id: { $in: [...generationIds] } })
      return new Map(found.map(({ _id, outcome }) => [_id, JSON.parse(outcome)]))
    },

    async commit(reference, { version, changes, mostCells, progressOf }) {
      const { workspaceId, abTestId } = reference
      const write = async (fields: object): Promise<void> => {
        const asRead = { _id: abTestId, version, pending: null }
        if (await states.update(workspaceId, asRead, { $set: fields })) return
        throw new CountedElsewhere('the counts were changed meanwhile')
      }
      if (changes.length === 0) {
        const progress = progressOf(0)
        if (Object.keys(progress).length > 0) await write(progress)
        return { taken: 0 }
      }
      const { taken, pending } = await writer.workOut(reference, { version: version + 1, changes, mostCells })
      await write({ ...progressOf(taken), pending: JSON.stringify(pending), version: version + 1 })
      await counting.finishPending(reference)
      return { taken }
    },
  }
}

function createCountingStates(deps: Deps): CountingStates {
  const { states } = deps
  const writer = createCountsWriter(deps)
  const state = async (reference: TestReference): Promise<CountingState> =>
    (await states.findOne(reference.workspaceId, { _id: reference.abTestId })) ?? fresh(reference)

  const finishPending = async (reference: TestReference): Promise<CountingState> => {
    const { workspaceId, abTestId } = reference
    const { pending, version } = await state(reference)
    if (pending !== null) {
      await writer.bring(workspaceId, JSON.parse(pending))
      await states.update(workspaceId, { _id: abTestId, version }, { $set: { pending: null } })
    }
    return state(reference)
  }

  return {
    state,
    finishPending,

    async expect(reference, generationId) {
      const { workspaceId, abTestId } = reference
      await states.insertMissing([fresh(reference)])
      await states.update(workspaceId, { _id: abTestId }, { $min: { newFrom: generationId } })
    },

    async beginScan(reference) {
      const { workspaceId, abTestId } = reference
      for (;;) {
        const { version, newFrom, scanFrom } = await finishPending(reference)
        if (newFrom === undefined) return scanFrom !== null
        const from = scanFrom !== null && scanFrom < newFrom ? scanFrom : newFrom
        // A new version: whoever is scanning at the moment must not say how far, for that is no longer so.
        const taken = { $set: { scanFrom: from }, $unset: { newFrom: '' }, $inc: { version: 1 } }
        if (await states.update(workspaceId, { _id: abTestId, version, newFrom, pending: null }, taken)) return true
      }
    },

    async advanceScores({ workspaceId, abTestId }, scoredUpTo) {
      await states.update(workspaceId, { _id: abTestId }, { $max: { scoredUpTo } })
    },
  }
}

function fresh({ workspaceId, abTestId }: TestReference): CountingState {
  return { _id: abTestId, workspaceId, version: 0, scanFrom: null, scoredUpTo: 0, pending: null }
}
