import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { CountedCall, UnitOutcomeDocument, VariantHour } from './analysis-documents.ts'
import { changeCells, changeUnits, readCellKey, type CallChange, type UnitChanges } from './count-units.ts'
import { decodeCell, decodeUnit, encodeCell, encodeUnit } from './encode-counts.ts'
import type { UnitOutcome } from './unit-outcome.ts'
import type { VariantCell } from './variant-cell.ts'

export interface TestReference {
  readonly workspaceId: string
  readonly abTestId: string
}

export interface CountCollections {
  readonly calls: WorkspaceCollection<CountedCall>
  readonly units: WorkspaceCollection<UnitOutcomeDocument>
  readonly hours: WorkspaceCollection<VariantHour>
}

/** Documents as a change of the counts leaves them. */
export interface PendingCounts {
  readonly calls: readonly CountedCall[]
  readonly units: readonly UnitOutcomeDocument[]
  readonly hours: readonly VariantHour[]
}

interface WantedChange {
  /** That the change makes. */
  readonly version: number
  readonly changes: readonly CallChange[]
  readonly mostCells: number
}

interface WorkedOut {
  /** How many of the changes are in it, from the first on. */
  readonly taken: number
  readonly pending: PendingCounts
}

export interface CountsWriter {
  /** What documents are like after a change; nothing is written. */
  workOut(reference: TestReference, wanted: WantedChange): Promise<WorkedOut>
  /** Writes documents; those that are there and not older stay. */
  bring(workspaceId: string, pending: PendingCounts): Promise<void>
}

export function createCountsWriter({ calls, units, hours }: CountCollections): CountsWriter {
  const readUnits = async ({ workspaceId, abTestId }: TestReference, ids: readonly string[]) => {
    const found = await units.find(workspaceId, { _id: { $in: ids.map((id) => idOf(abTestId, id)) } })
    return new Map(found.map(({ _id, outcome }): [string, UnitOutcome] => [keyOf(abTestId, _id), decodeUnit(outcome)]))
  }
  const readCells = async ({ workspaceId, abTestId }: TestReference, keys: Iterable<string>) => {
    const found = await hours.find(workspaceId, { _id: { $in: [...keys].map((key) => idOf(abTestId, key)) } })
    return new Map(found.map(({ _id, cell }): [string, VariantCell] => [keyOf(abTestId, _id), decodeCell(cell)]))
  }

  return {
    async workOut(reference, { version, changes, mostCells }) {
      const known = await readUnits(reference, [...new Set(changes.map(({ after }) => after.unitId))])
      const changed = changeUnits(changes, known, mostCells)
      const cells = await readCells(reference, changed.cellKeys)
      changeCells(cells, changed.units)
      const counted = { ...reference, version }
      return {
        taken: changed.taken,
        pending: {
          calls: changes.slice(0, changed.taken).map((change) => toCall(change, counted)),
          units: toUnits(changed.units, counted),
          hours: toHours(cells, counted),
        },
      }
    },

    async bring(workspaceId, pending) {
      await bringDocuments(calls, workspaceId, pending.calls)
      await bringDocuments(units, workspaceId, pending.units)
      await bringDocuments(hours, workspaceId, pending.hours)
    },
  }
}

type Counted = TestReference & { readonly version: number }

function toCall({ after }: CallChange, counted: Counted): CountedCall {
  return { _id: after.generationId, ...counted, outcome: JSON.stringify(after) }
}

function toUnits(units: UnitChanges['units'], counted: Counted): UnitOutcomeDocument[] {
  return [...units].map(([unitId, { after }]) => ({
    _id: idOf(counted.abTestId, unitId),
    ...counted,
    outcome: encodeUnit(after),
  }))
}

function toHours(cells: ReadonlyMap<string, VariantCell>, counted: Counted): VariantHour[] {
  return [...cells].map(([key, cell]) => ({
    _id: idOf(counted.abTestId, key),
    ...counted,
    ...readCellKey(key),
    stages: [...cell.stages].map(([weightsVersion, counts]) => ({ weightsVersion, counts })),
    cell: encodeCell(cell),
  }))
}

const AT_ONCE = 50

async function bringDocuments<Document extends Counted & { readonly _id: string }>(
  collection: WorkspaceCollection<Document>,
  workspaceId: string,
  documents: readonly Document[],
): Promise<void> {
  const there = await collection.find(workspaceId, { _id: { $in: documents.map(({ _id }) => _id) } })
  const versions = new Map(there.map(({ _id, version }) => [_id, version]))
  await collection.insertMissing(documents.filter(({ _id }) => !versions.has(_id)))
  const older = documents.filter(({ _id, version }) => (versions.get(_id) ?? version) < version)
  for (let start = 0; start < older.length; start += AT_ONCE) {
    await Promise.all(older.slice(start, start + AT_ONCE).map((document) => replaceOlder(collection, document)))
  }
}

async function replaceOlder<Document extends Counted & { readonly _id: string }>(
  collection: WorkspaceCollection<Document>,
  { _id, workspaceId, ...fields }: Document,
): Promise<void> {
  await collection.update(workspaceId, { _id, version: { $lt: fields.version } }, { $set: fields })
}

function idOf(abTestId: string, key: string): string {
  return `${abTestId}:${key}`
}

function keyOf(abTestId: string, id: string): string {
  return id.slice(abTestId.length + 1)
}
