import { EJSON } from 'bson'

type Document = Record<string, unknown>

/** Why an actual value does not match what a unified test expects; undefined when it does. */
export function mismatch(expected: unknown, actual: unknown, path = '', root = true): string | undefined {
  if (isDocument(expected)) {
    const [operator] = Object.keys(expected)
    if (operator?.startsWith('$$')) return special(operator, expected[operator], { actual, path, root })
    return mismatchDocument(expected, actual, { path, root })
  }
  if (Array.isArray(expected)) return mismatchArray(expected, actual, { path, root })
  return same(expected, actual) ? undefined : `${path || 'value'}: expected ${show(expected)}, got ${show(actual)}`
}

interface Place {
  path: string
  /** Only documents at the root may have fields the test does not name. */
  root: boolean
}

function special(
  operator: string,
  operand: unknown,
  { actual, path, root }: Place & { actual: unknown },
): string | undefined {
  switch (operator) {
    case '$$exists':
      return (actual !== undefined) === operand
        ? undefined
        : `${path}: expected ${operand ? 'a value' : 'nothing'}, got ${show(actual)}`
    case '$$unsetOrMatches':
      return actual === undefined || actual === null ? undefined : mismatch(operand, actual, path, root)
    case '$$type':
      return [operand].flat().some((type) => hasType(String(type), actual))
        ? undefined
        : `${path}: expected type ${show(operand)}, got ${show(actual)}`
    default:
      return `${path}: the runner does not know ${operator}`
  }
}

function mismatchDocument(expected: Document, actual: unknown, { path, root }: Place): string | undefined {
  const document = actual instanceof Map ? Object.fromEntries(actual) : actual
  if (!isDocument(document)) return `${path || 'value'}: expected ${show(expected)}, got ${show(actual)}`
  for (const [key, value] of Object.entries(expected)) {
    const wrong = mismatch(value, document[key], path === '' ? key : `${path}.${key}`, false)
    if (wrong !== undefined) return wrong
  }
  const extra = root ? undefined : Object.keys(document).find((key) => !Object.hasOwn(expected, key))
  return extra === undefined ? undefined : `${path}: unexpected field ${extra}: ${show(document[extra])}`
}

function mismatchArray(expected: unknown[], actual: unknown, { path, root }: Place): string | undefined {
  if (!Array.isArray(actual)) return `${path || 'value'}: expected an array, got ${show(actual)}`
  if (actual.length !== expected.length) return `${path || 'value'}: expected ${show(expected)}, got ${show(actual)}`
  for (const [at, value] of expected.entries()) {
    const wrong = mismatch(value, actual[at], `${path}[${at}]`, root && path === '')
    if (wrong !== undefined) return wrong
  }
  return undefined
}

function hasType(type: string, actual: unknown): boolean {
  switch (type) {
    case 'int':
      return Number.isInteger(Number(actual)) && Math.abs(Number(actual)) < 2 ** 31
    case 'long':
    case 'double':
    case 'number':
      return actual !== null && !Number.isNaN(Number(actual))
    case 'string':
      return typeof actual === 'string'
    case 'object':
      return isDocument(actual)
    case 'array':
      return Array.isArray(actual)
    case 'objectId':
      return (actual as { _bsontype?: string } | null)?._bsontype === 'ObjectId'
    default:
      return typeof actual === type
  }
}

function isDocument(value: unknown): value is Document {
  if (
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    value instanceof Map ||
    value instanceof Date
  )
    return false
  return (value as { _bsontype?: string })._bsontype === undefined
}

function same(expected: unknown, actual: unknown): boolean {
  if (typeof expected === 'number')
    return actual !== null && actual !== '' && typeof actual !== 'boolean' && Number(actual) === expected
  return EJSON.stringify({ value: expected }) === EJSON.stringify({ value: actual })
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : EJSON.stringify(value as Document)
}
