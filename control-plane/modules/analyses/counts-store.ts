import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { CountedCall, CountingState, UnitOutcomeDocument, VariantHour } from './analysis-documents.ts'
import type { CallOutcome } from './call-outcome.ts'
import { changeCells, changeUnits, readCellKey, type CallChange } from './count-units.ts'
import { decodeCell, decodeUnit, encodeCell, encodeUnit } from './encode-counts.ts'
import type { VariantCell } from './variant-cell.ts'

export interface TestReference {
  readonly workspaceId: string
  readonly abTestId: string
}

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
export interface CountsStore {
  /** Says that calls came; from the lowest of their ids on they are looked for. */
  expect(reference: TestReference, generationId: string): Promise<void>
  state(reference: TestReference): Promise<CountingState>
  finishPending(reference: TestReference): Promise<CountingState>
  /** Takes up the calls that came. @returns whether there are any to look for */
  beginScan(reference: TestReference): Promise<boolean>
  countedCalls(reference: TestReference, generationIds: readonly string[]): Promise<ReadonlyMap<string, CallOutcome>>
  /** @returns how many of the changes were made; @throws CountedElsewhere */
  commit(reference: TestReference, commit: Commit): Promise<{ readonly taken: number }>
  advanceScores(reference: TestReference, scoredUpTo: number): Promise<void>
}

/** Another worker counts the same test. */
export class CountedElsewhere extends Error {}

interface Deps {
  readonly states: WorkspaceCollection<CountingState>
  readonly calls: WorkspaceCollection<CountedCall>
  readonly units: WorkspaceCollection<UnitOutcomeDocument>
  readonly hours: WorkspaceCollection<VariantHour>
}

type Pending = {
  readonly [kind in 'calls' | 'units' | 'hours']: readonly WorkspaceDocumentOf<Deps[kind]>[]
}
type WorkspaceDocumentOf<Collection> = Collection extends WorkspaceCollection<infer Document> ? Document : never

const ORDER = ['calls', 'units', 'hours'] as const

export function createCountsStore({ states, calls, units, hours }: Deps): CountsStore {
  const store: CountsStore = {
    async expect({ workspaceId, abTestId }, generationId) {
      await ensureState({ workspaceId, abTestId })
      await states.update(workspaceId, { _id: abTestId }, { $min: { newFrom: generationId } })
    },

    async state({ workspaceId, abTestId }) {
      return (await states.findOne(workspaceId, { _id: abTestId })) ?? fresh({ workspaceId, abTestId })
    },

    async finishPending(reference) {
      const state = await store.state(reference)
      if (state.pending === null) return state
      await bring(reference, JSON.parse(state.pending))
      await clearPending(reference, state.version)
      return store.state(reference)
    },

    async beginScan(reference) {
      const { workspaceId, abTestId } = reference
      for (;;) {
        const { version, newFrom, scanFrom } = await store.finishPending(reference)
        if (newFrom === undefined) return scanFrom !== null
        const from = scanFrom !== null && scanFrom < newFrom ? scanFrom : newFrom
        // A new version: whoever is scanning at the moment must not say how far, for that is no longer so.
        const taken = { $set: { scanFrom: from }, $unset: { newFrom: '' }, $inc: { version: 1 } }
        if (await states.update(workspaceId, { _id: abTestId, version, newFrom, pending: null }, taken)) return true
      }
    },

    async countedCalls({ workspaceId, abTestId }, generationIds) {
      const found = await calls.find(workspaceId, { abTestId, _id: { $in: [...generationIds] } })
      return new Map(found.map(({ _id, outcome }) => [_id, JSON.parse(outcome)]))
    },

    async commit(reference, { version, changes, mostCells, progressOf }) {
      const { workspaceId, abTestId } = reference
      const asRead = { _id: abTestId, version, pending: null }
      const write = async (fields: object): Promise<void> => {
        const written = await states.update(workspaceId, asRead, { $set: fields })
        if (!written) throw new CountedElsewhere('the counts were changed meanwhile')
      }
      if (changes.length === 0) {
        const progress = progressOf(0)
        if (Object.keys(progress).length > 0) await write(progress)
        return { taken: 0 }
      }
      const { taken, pending } = await workOut(reference, { version: version + 1, changes, mostCells })
      await write({ ...progressOf(taken), pending: JSON.stringify(pending), version: version + 1 })
      await bring(reference, pending)
      await clearPending(reference, version + 1)
      return { taken }
    },

    async advanceScores({ workspaceId, abTestId }, scoredUpTo) {
      await states.update(workspaceId, { _id: abTestId }, { $max: { scoredUpTo } })
    },
  }
  return store

  async function ensureState(reference: TestReference): Promise<void> {
    await states.insertMissing([fresh(reference)])
  }

  async function workOut(
    reference: TestReference,
    { version, changes, mostCells }: Pick<Commit, 'version' | 'changes' | 'mostCells'>,
  ): Promise<{ taken: number; pending: Pending }> {
    const { workspaceId, abTestId } = reference
    const unitIds = [...new Set(changes.map(({ after }) => after.unitId))]
    const knownUnits = await units.find(workspaceId, { _id: { $in: unitIds.map((id) => idOf(abTestId, id)) } })
    const known = new Map(knownUnits.map(({ _id, outcome }) => [_id.slice(abTestId.length + 1), decodeUnit(outcome)]))
    const changed = changeUnits(changes, known, mostCells)
    const cells = await readCells(reference, [...changed.cellKeys])
    changeCells(cells, changed.units)
    const common = { workspaceId, abTestId, version }
    const pending: Pending = {
      calls: changes
        .slice(0, changed.taken)
        .map(({ after }) => ({ _id: after.generationId, ...common, outcome: JSON.stringify(after) })),
      units: [...changed.units].map(([unitId, { after }]) => ({
        _id: idOf(abTestId, unitId),
        ...common,
        outcome: encodeUnit(after),
      })),
      hours: [...cells].map(([key, cell]) => ({ ...common, ...toHour(abTestId, key, cell) })),
    }
    return { taken: changed.taken, pending }
  }

  async function readCells({ workspaceId, abTestId }: TestReference, keys: readonly string[]) {
    const found = await hours.find(workspaceId, { _id: { $in: keys.map((key) => idOf(abTestId, key)) } })
    return new Map(found.map(({ _id, cell }) => [_id.slice(abTestId.length + 1), decodeCell(cell)]))
  }

  async function bring({ workspaceId }: TestReference, pending: Pending): Promise<void> {
    const collections = { calls, units, hours }
    for (const kind of ORDER) {
      await bringDocuments(collections[kind] as WorkspaceCollection<VersionedDocument>, workspaceId, pending[kind])
    }
  }

  async function clearPending({ workspaceId, abTestId }: TestReference, version: number): Promise<void> {
    await states.update(workspaceId, { _id: abTestId, version }, { $set: { pending: null } })
  }
}

interface VersionedDocument {
  readonly _id: string
  readonly workspaceId: string
  readonly version: number
}

const AT_ONCE = 50

/** Documents that are there are replaced where they are older; the others are made. */
async function bringDocuments(
  collection: WorkspaceCollection<VersionedDocument>,
  workspaceId: string,
  documents: readonly VersionedDocument[],
): Promise<void> {
  const there = await collection.find(workspaceId, { _id: { $in: documents.map(({ _id }) => _id) } })
  const versions = new Map(there.map(({ _id, version }) => [_id, version]))
  await collection.insertMissing(documents.filter(({ _id }) => !versions.has(_id)))
  const older = documents.filter(({ _id, version }) => (versions.get(_id) ?? version) < version)
  for (let start = 0; start < older.length; start += AT_ONCE) {
    await Promise.all(
      older
        .slice(start, start + AT_ONCE)
        .map(({ _id, workspaceId: _workspaceId, ...fields }) =>
          collection.update(workspaceId, { _id, version: { $lt: fields.version } }, { $set: fields }),
        ),
    )
  }
}

function fresh({ workspaceId, abTestId }: TestReference): CountingState {
  return { _id: abTestId, workspaceId, version: 0, scanFrom: null, scoredUpTo: 0, pending: null }
}

function idOf(abTestId: string, key: string): string {
  return `${abTestId}:${key}`
}

function toHour(abTestId: string, key: string, cell: VariantCell) {
  const stages = [...cell.stages].map(([weightsVersion, counts]) => ({ weightsVersion, counts }))
  return { _id: idOf(abTestId, key), ...readCellKey(key), stages, cell: encodeCell(cell) }
}
