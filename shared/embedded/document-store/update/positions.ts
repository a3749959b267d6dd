import { CommandError } from '../errors.ts'
import { compileFilter } from '../query/filter.ts'
import type { Filter, QueryContext } from '../query/filter-types.ts'
import { type Fields, isFields, type Value } from '../values/bson-values.ts'
import { shellText } from '../values/shell-text.ts'
import { readTarget } from './target.ts'

/** What stands for the positions in a path: `$` the matched element, `$[]` all, `$[name]` those an array filter accepts. */
export interface Positions {
  matchedIndex: number | undefined
  arrayFilters: Map<string, (element: Value) => boolean>
}

/** Compiles a command's `arrayFilters` by the names they start with. */
export function compileArrayFilters(filters: Value, context: QueryContext): Positions['arrayFilters'] {
  const compiled: Positions['arrayFilters'] = new Map()
  if (filters === undefined || filters === null) return compiled
  if (!Array.isArray(filters))
    throw new CommandError(14, "BSON field 'update.updates.arrayFilters' is the wrong type, expected type 'array'")
  for (const filter of filters) {
    if (!isFields(filter)) throw new CommandError(14, 'arrayFilters entries must be documents')
    const name = identifierOf(filter)
    if (compiled.has(name)) {
      throw new CommandError(9, `Found multiple array filters with the same top-level field name ${name}`)
    }
    const test: Filter = compileFilter(filter, context)
    compiled.set(name, (element) => test.test({ [name]: element }))
  }
  return compiled
}

function identifierOf(filter: Fields): string {
  const names = new Set(pathsOf(filter).map((path) => path.split('.')[0] ?? ''))
  const [name, other] = names
  if (name === undefined)
    throw new CommandError(9, 'Cannot use an expression without a top-level field name in arrayFilters')
  if (other !== undefined) {
    throw new CommandError(
      9,
      `Error parsing array filter :: caused by :: Expected a single top-level field name, found '${name}' and '${other}'`,
    )
  }
  if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) {
    throw new CommandError(
      2,
      `Error parsing array filter :: caused by :: The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '${name}'`,
    )
  }
  return name
}

function pathsOf(filter: Fields): string[] {
  return Object.entries(filter).flatMap(([key, value]) =>
    key.startsWith('$')
      ? Array.isArray(value)
        ? value.flatMap((one) => (isFields(one) ? pathsOf(one) : []))
        : []
      : [key],
  )
}

/** The names of the array filters a path refers to. */
export function referencedFilters(path: string): string[] {
  return [...path.matchAll(/\$\[([^\]]+)\]/g)].map((found) => found[1] ?? '')
}

/** The concrete paths a path with positional operators stands for in one document. */
export function expandPath(document: Fields, path: readonly string[], positions: Positions): string[][] {
  const at = path.findIndex((segment) => segment === '$' || segment.startsWith('$['))
  if (at < 0) return [[...path]]
  const before = path.slice(0, at)
  const segment = path[at] ?? ''
  const indexes = segment === '$' ? [matchedPosition(positions)] : chosen(document, { before, segment }, positions)
  return indexes.flatMap((index) => expandPath(document, [...before, String(index), ...path.slice(at + 1)], positions))
}

function matchedPosition({ matchedIndex }: Positions): number {
  if (matchedIndex !== undefined) return matchedIndex
  throw new CommandError(2, 'The positional operator did not find the match needed from the query.')
}

function chosen(
  document: Fields,
  { before, segment }: { before: readonly string[]; segment: string },
  positions: Positions,
): number[] {
  const array = readTarget(document, before)
  const path = before.join('.')
  if (array === undefined) {
    throw new CommandError(2, `The path '${path}' must exist in the document in order to apply array updates.`)
  }
  if (!Array.isArray(array)) {
    throw new CommandError(2, `Cannot apply array updates to non-array element ${before.at(-1)}: ${shellText(array)}`)
  }
  const all = [...array.keys()]
  if (segment === '$[]') return all
  const name = segment.slice(2, -1)
  const accepts = positions.arrayFilters.get(name)
  if (!accepts) throw new CommandError(2, `No array filter found for identifier '${name}' in path '${path}.${segment}'`)
  return all.filter((at) => accepts(array[at]))
}
