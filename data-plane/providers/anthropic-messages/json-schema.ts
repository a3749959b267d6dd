import { UntranslatableRequest } from '../provider.ts'
import { asObject, isObject, type JsonObject } from '../vendor-json.ts'

/**
 * A JSON schema as the vendor compiles it. It refuses some constraints; they move into the description, where the model
 * reads them, as in the vendor's own SDKs. `oneOf` becomes `anyOf`, and objects are closed:
 * https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
 *
 * @throws UntranslatableRequest for objects that say they are open, which would lose what may stand in them
 */
export function toCompilableSchema(schema: unknown, depth = 0): JsonObject {
  if (depth > DEEPEST) throw new UntranslatableRequest('the JSON schema is nested too deeply')
  if (!isObject(schema)) throw new UntranslatableRequest('this provider needs a JSON schema of objects')
  const below = (inner: unknown): JsonObject => toCompilableSchema(inner, depth + 1)

  const isReference = '$ref' in schema
  const compiled: JsonObject = {}
  const moved: string[] = []
  for (const [keyword, value] of Object.entries(schema)) {
    if (isReference && !DEFINING.has(keyword)) continue
    if (KEPT.has(keyword)) compiled[keyword] = value
    else if (MAPS.has(keyword)) compiled[keyword] = mapValues(asObject(value), below)
    else if (LISTS.has(keyword) && Array.isArray(value)) compiled[LISTS.get(keyword) ?? keyword] = value.map(below)
    else if (keyword === 'items' && isObject(value)) compiled['items'] = below(value)
    else if (isTaken(keyword, value)) compiled[keyword] = value
    else if (!DROPPED.has(keyword)) moved.push(`${keyword}: ${JSON.stringify(value)}`)
  }
  if (!isReference && isOfObjects(schema)) compiled['additionalProperties'] = closed(schema['additionalProperties'])
  return moved.length === 0 ? compiled : { ...compiled, description: describe(schema['description'], moved) }
}

const DEEPEST = 64

const KEPT = new Set(['type', 'enum', 'const', 'required', 'title', 'description', 'default', '$ref'])
const MAPS = new Set(['properties', '$defs', 'definitions'])
/** Beside a reference nothing else is read. */
const DEFINING = new Set(['$ref', '$defs', 'definitions'])
const LISTS = new Map([
  ['anyOf', 'anyOf'],
  ['oneOf', 'anyOf'],
  ['allOf', 'allOf'],
])
/** The dialect's name constrains nothing; `additionalProperties` is written for objects alone. */
const DROPPED = new Set(['$schema', 'additionalProperties'])

const FORMATS = ['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid']

/** Keywords that only some values of are compiled. */
function isTaken(keyword: string, value: unknown): boolean {
  if (keyword === 'format') return FORMATS.some((format) => format === value)
  return keyword === 'minItems' && (value === 0 || value === 1)
}

function isOfObjects({ type, properties }: JsonObject): boolean {
  return type === 'object' || (Array.isArray(type) && type.includes('object')) || isObject(properties)
}

function closed(additionalProperties: unknown): false {
  if (additionalProperties === undefined || additionalProperties === false) return false
  throw new UntranslatableRequest('this provider takes only JSON schemas whose objects are closed')
}

/** By entries, because a property's name is the caller's and may be `__proto__`. */
function mapValues(schemas: JsonObject, below: (schema: unknown) => JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, below(schema)]))
}

function describe(description: unknown, moved: readonly string[]): string {
  const constraints = `{${moved.join(', ')}}`
  return typeof description === 'string' ? `${description}\n\n${constraints}` : constraints
}
