import type { CallOutcome } from './call-outcome.ts'
import { changeUnit, NO_UNIT, type UnitOutcome, type UnitStart } from './unit-outcome.ts'
import { changeCell, emptyCell, type VariantCell } from './variant-cell.ts'

/** One call that is new, or of which something is. */
export interface CallChange {
  /** How it counted so far; null: not at all. */
  readonly before: CallOutcome | null
  readonly after: CallOutcome
}

/** The units before and after some changes, and the cells that these touch. */
export interface UnitChanges {
  /** How many of the changes are in here, from the first on. */
  readonly taken: number
  readonly units: ReadonlyMap<string, { readonly before: UnitOutcome; readonly after: UnitOutcome }>
  readonly cellKeys: ReadonlySet<string>
}

const HOUR_MS = 3_600_000
/** The cell of all hours together. */
const ALL_HOURS = 'all'

/** Where a unit counts: in the hour of its first exposure, and in all hours together. As `<variant>:<r or s>:<hour>`. */
export function cellKeysOf({ variantId, randomized, at }: UnitStart): [hour: string, all: string] {
  const origin = `${variantId}:${randomized ? RANDOMIZED : SELECTED}`
  return [`${origin}:${Math.floor(at / HOUR_MS)}`, `${origin}:${ALL_HOURS}`]
}

/** The same read back. Ids of variants hold no colon. */
export function readCellKey(key: string): {
  readonly variantId: string
  readonly randomized: boolean
  /** Hours since the epoch; null: all of them. */
  readonly hour: number | null
} {
  const [variantId = '', origin, hour] = key.split(':')
  return { variantId, randomized: origin === RANDOMIZED, hour: hour === ALL_HOURS ? null : Number(hour) }
}

const RANDOMIZED = 'r'
const SELECTED = 's'

/**
 * Brings changes of calls to their units.
 *
 * @param known units as they are now, by id
 * @param mostCells changes that would touch more are left for later
 */
export function changeUnits(
  changes: readonly CallChange[],
  known: ReadonlyMap<string, UnitOutcome>,
  mostCells: number,
): UnitChanges {
  const units = new Map<string, { before: UnitOutcome; after: UnitOutcome }>()
  const cellKeys = new Set<string>()
  let taken = 0
  for (const { before, after } of changes) {
    const unitBefore = units.get(after.unitId)?.before ?? known.get(after.unitId) ?? NO_UNIT
    const changed = changeUnit(units.get(after.unitId)?.after ?? unitBefore, after, before)
    const keys = [unitBefore.start, changed.start].flatMap((start) => (start ? cellKeysOf(start) : []))
    const added = keys.filter((key) => !cellKeys.has(key)).length
    if (taken > 0 && cellKeys.size + added > mostCells) break
    for (const key of keys) cellKeys.add(key)
    units.set(after.unitId, { before: unitBefore, after: changed })
    taken += 1
  }
  return { taken, units, cellKeys }
}

/** Takes units out of their cells as they were, and puts them in as they are. The cells change in place. */
export function changeCells(cells: Map<string, VariantCell>, units: UnitChanges['units']): void {
  for (const { before, after } of units.values()) {
    for (const key of before.start ? cellKeysOf(before.start) : []) changeCell(cellAt(cells, key), before, -1)
    for (const key of after.start ? cellKeysOf(after.start) : []) changeCell(cellAt(cells, key), after, 1)
  }
}

function cellAt(cells: Map<string, VariantCell>, key: string): VariantCell {
  const cell = cells.get(key) ?? emptyCell()
  cells.set(key, cell)
  return cell
}
