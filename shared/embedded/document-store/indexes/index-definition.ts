import { CommandError } from '../errors.ts'
import { bsonType, type Fields, isFields, isNumeric, toNumber, type Value } from '../values/bson-values.ts'
import { equalValues } from '../values/compare.ts'
import { parseCollation } from '../values/collation.ts'

/** An index as it was asked for. `specification` is what `listIndexes` shows. */
export interface IndexDefinition {
  name: string
  key: Fields
  fields: IndexField[]
  unique: boolean
  sparse: boolean
  hidden: boolean
  partialFilter?: Fields
  expireAfterSeconds?: number
  collation?: Fields
  specification: Fields
}

export interface IndexField {
  path: string
  descending: boolean
}

const KNOWN_OPTIONS = new Set([
  'key',
  'name',
  'ns',
  'v',
  'unique',
  'sparse',
  'background',
  'hidden',
  'partialFilterExpression',
  'expireAfterSeconds',
  'collation',
  'storageEngine',
  'weights',
  'default_language',
  'language_override',
  'textIndexVersion',
  '2dsphereIndexVersion',
  'bits',
  'min',
  'max',
  'wildcardProjection',
  'clustered',
  'prepareUnique',
])
const MAX_FIELDS = 32

/** The index every collection has. */
export const ID_INDEX: IndexDefinition = parseIndexDefinition({ v: 2, key: { _id: 1 }, name: '_id_' })

/** Reads one entry of `createIndexes`. */
export function parseIndexDefinition(entry: Value, defaultCollation?: Fields): IndexDefinition {
  if (!isFields(entry)) throw new CommandError(14, 'The elements of the indexes array must be objects')
  const unknown = Object.keys(entry).find((option) => !KNOWN_OPTIONS.has(option))
  if (unknown) {
    throw new CommandError(
      197,
      `The field '${unknown}' is not valid for an index specification. Specification: ${JSON.stringify(entry)}`,
    )
  }
  const key = entry['key']
  if (!isFields(key)) throw new CommandError(9, "The 'key' field is a required property of an index specification")
  const name = entry['name']
  if (typeof name !== 'string') {
    throw new CommandError(9, "The 'name' field is a required property of an index specification")
  }
  if (name === '') throw new CommandError(67, 'index name cannot be empty')
  const fields = parseKey(key)
  const isId = fields.length === 1 && fields[0]?.path === '_id'
  const options = readOptions(entry, isId, defaultCollation)
  return {
    name: isId ? '_id_' : name,
    key,
    fields,
    ...options,
    specification: specify({ name: isId ? '_id_' : name, key, isId }, options),
  }
}

/** Whether two definitions would make the same index, whatever it is called. */
export function sameIndex(left: IndexDefinition, right: IndexDefinition): boolean {
  return sameKey(left, right) && sameOptions(left, right)
}

/** Whether two indexes are on the same fields in the same order, partial filters and collations included. */
export function sameKey(left: IndexDefinition, right: IndexDefinition): boolean {
  return (
    equalValues(left.key, right.key) &&
    equalValues(left.partialFilter ?? null, right.partialFilter ?? null) &&
    equalValues(left.collation ?? null, right.collation ?? null)
  )
}

function sameOptions(left: IndexDefinition, right: IndexDefinition): boolean {
  return (
    left.unique === right.unique && left.sparse === right.sparse && left.expireAfterSeconds === right.expireAfterSeconds
  )
}

function parseKey(key: Fields): IndexField[] {
  const entries = Object.entries(key)
  if (entries.length === 0) throw new CommandError(67, 'Index keys cannot be an empty object')
  if (entries.length > MAX_FIELDS) throw new CommandError(67, `too many compound keys ${entries.length}`)
  return entries.map(([path, direction]) => ({ path: checkPath(path), descending: isDescending(direction) }))
}

function checkPath(path: string): string {
  if (path === '') throw new CommandError(67, 'Index keys cannot be an empty field')
  if (path.split('.').some((segment) => segment === '')) {
    throw new CommandError(67, `Index key contains an illegal field name: field name contains an empty component`)
  }
  if (path.includes('$**')) throw new CommandError(67, 'wildcard indexes are not supported by this server')
  if (path.startsWith('$'))
    throw new CommandError(67, `Index key contains an illegal field name: field name starts with '$'.`)
  return path
}

function isDescending(direction: Value): boolean {
  if (typeof direction === 'string') {
    throw new CommandError(67, `Unknown index plugin '${direction}': this server has ordered indexes only`)
  }
  if (!isNumeric(direction)) throw new CommandError(14, 'Values in index key pattern must be numbers or strings')
  const number = toNumber(direction)
  if (number === 0 || Number.isNaN(number)) throw new CommandError(67, 'Values in the index key pattern cannot be 0.')
  return number < 0
}

type Options = Pick<
  IndexDefinition,
  'unique' | 'sparse' | 'hidden' | 'partialFilter' | 'expireAfterSeconds' | 'collation'
>

function readOptions(entry: Fields, isId: boolean, defaultCollation: Fields | undefined): Options {
  const partialFilter = entry['partialFilterExpression']
  if (partialFilter !== undefined && !isFields(partialFilter)) {
    throw new CommandError(14, "The field 'partialFilterExpression' must be an object")
  }
  const sparse = isSet(entry['sparse'])
  if (sparse && partialFilter) throw new CommandError(67, 'cannot mix "partialFilterExpression" and "sparse" options')
  const expire = entry['expireAfterSeconds']
  if (expire !== undefined) checkExpiry(entry, toNumber(expire))
  const collation =
    parseCollation(entry['collation'])?.specification ?? (entry['collation'] ? undefined : defaultCollation)
  return {
    unique: isId || isSet(entry['unique']),
    sparse,
    hidden: isSet(entry['hidden']),
    ...(partialFilter && { partialFilter }),
    ...(expire !== undefined && { expireAfterSeconds: toNumber(expire) }),
    ...(collation && { collation: { ...collation } }),
  }
}

function isSet(option: Value): boolean {
  return option === true || (isNumeric(option) && toNumber(option) !== 0)
}

function checkExpiry(entry: Fields, seconds: number): void {
  const fields = Object.keys(entry['key'] as Fields)
  if (fields.length !== 1)
    throw new CommandError(67, 'TTL indexes are single-field indexes, compound indexes do not support TTL')
  if (fields[0] === '_id') {
    throw new CommandError(197, "The field 'expireAfterSeconds' is not valid for an _id index specification")
  }
  if (!(seconds >= 0 && seconds <= 0x7fffffff)) {
    throw new CommandError(
      67,
      `TTL index 'expireAfterSeconds' option must be within an acceptable range, try a different value than ${seconds}`,
    )
  }
}

function specify({ name, key, isId }: { name: string; key: Fields; isId: boolean }, options: Options): Fields {
  return {
    v: 2,
    key: Object.fromEntries(
      Object.entries(key).map(([path, direction]) => [
        path,
        bsonType(direction) === 'double' ? toNumber(direction) : direction,
      ]),
    ),
    name,
    ...(options.unique && !isId && { unique: true }),
    ...(options.sparse && { sparse: true }),
    ...(options.hidden && { hidden: true }),
    ...(options.partialFilter && { partialFilterExpression: options.partialFilter }),
    ...(options.expireAfterSeconds !== undefined && { expireAfterSeconds: options.expireAfterSeconds }),
    ...(options.collation && { collation: options.collation }),
  }
}
