import { compileFilter } from '../query/filter.ts'
import type { Filter } from '../query/filter-types.ts'
import type { Fields, Value } from '../values/bson-values.ts'
import { type Collation, parseCollation } from '../values/collation.ts'
import { encodeKey, invertKey } from '../values/key-encoding.ts'
import type { IndexDefinition } from './index-definition.ts'
import { EMPTY_ARRAY, keyValues } from './key-values.ts'

/** An index ready for use: its table, its keys, and what a planner must know of it. */
export interface OpenIndex {
  id: number
  table: string
  definition: IndexDefinition
  collation: Collation | undefined
  partial: Filter | undefined
  /** Whether any document ever gave it more than one key; then it cannot serve a sort, nor two bounds at once. */
  multikey: boolean
  keysOf: (document: Fields) => IndexKeys
}

export interface IndexKeys {
  keys: Buffer[]
  multikey: boolean
  /** The values behind the key at that place, for the error of a unique index. */
  valuesOf: (at: number) => Value[]
}

const NO_KEYS: IndexKeys = { keys: [], multikey: false, valuesOf: () => [] }
const UNDEFINED_KEY = Buffer.of(0x08)

/** Makes an index usable. */
export function openIndex(id: number, definition: IndexDefinition, multikey: boolean): OpenIndex {
  const collation = parseCollation(definition.collation)
  const partial = definition.partialFilter && compileFilter(definition.partialFilter, { collation })
  return {
    id,
    table: `index_${id}`,
    definition,
    collation,
    partial,
    multikey,
    keysOf: (document) => keysOf(document, definition, { collation, partial }),
  }
}

/** The bytes of one value in one field of an index. */
function componentKey(value: Value, descending: boolean, collation: Collation | undefined): Buffer {
  const key = value === EMPTY_ARRAY ? UNDEFINED_KEY : encodeKey(value === undefined ? null : value, collation?.fold)
  return descending ? invertKey(key) : key
}

function keysOf(
  document: Fields,
  definition: IndexDefinition,
  { collation, partial }: { collation: Collation | undefined; partial: Filter | undefined },
): IndexKeys {
  if (partial && !partial.test(document)) return NO_KEYS
  const { rows, multikey } = keyValues(document, definition.fields)
  const kept = definition.sparse ? rows.filter((row) => row.some((value) => value !== undefined)) : rows
  const keys = kept.map((row) => rowKey(row, definition, collation))
  if (keys.length < 2) return { keys, multikey, valuesOf: (at) => kept[at] ?? [] }
  return distinct(keys, kept)
}

function rowKey(row: Value[], definition: IndexDefinition, collation: Collation | undefined): Buffer {
  const parts = row.map((value, at) => componentKey(value, definition.fields[at]?.descending === true, collation))
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
}

function distinct(keys: Buffer[], rows: Value[][]): IndexKeys {
  const places = new Map(keys.map((key, at) => [key.toString('latin1'), at]))
  const kept = [...places.values()]
  return {
    keys: kept.flatMap((at) => keys[at] ?? []),
    multikey: true,
    valuesOf: (at) => rows[kept[at] ?? 0] ?? [],
  }
}
