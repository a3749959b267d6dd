/** A JSON Schema as far as the simulator reads it. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** How deep a schema that refers to itself is followed. */
const DEEPEST = 8

interface Scope {
  readonly root: JsonSchema
  /** What a string without any constraint says. */
  readonly text: string
  readonly depth: number
}

/**
 * Makes a value that fits a JSON Schema: the same one every time. Constants, enums, defaults, examples, bounds, lengths,
 * common formats, `$ref` and the first of several alternatives are honoured; `pattern` is not.
 *
 * @param schema the schema
 * @param text what a string without any constraint says
 */
export function valueForSchema(schema: JsonSchema, text: string): unknown {
  return build(schema, { root: schema, text, depth: 0 })
}

function build(given: unknown, scope: Scope): unknown {
  // A schema that requires itself has no finite value.
  if (scope.depth > DEEPEST * 4) return null
  const schema = resolve(given, scope.root)
  if ('const' in schema) return schema.const
  if (Array.isArray(schema.enum)) return schema.enum[0]
  if ('default' in schema) return schema.default
  if (Array.isArray(schema.examples) && schema.examples.length > 0) return schema.examples[0]
  const alternatives = schema.anyOf ?? schema.oneOf
  if (Array.isArray(alternatives)) return build(alternatives[0], scope)
  switch (typeOf(schema)) {
    case 'object':
      return buildObject(schema, scope)
    case 'array':
      return buildArray(schema, scope)
    case 'number':
      return number(schema, 1)
    case 'integer':
      return Math.ceil(number(schema, 1))
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return buildString(schema, scope.text)
  }
}

function resolve(given: unknown, root: JsonSchema): JsonSchema {
  if (!isSchema(given)) return {}
  if (Array.isArray(given.allOf)) {
    const parts = given.allOf.map((part) => resolve(part, root))
    return Object.assign({}, given, ...parts, {
      properties: Object.assign({}, given.properties, ...parts.map((p) => p.properties)),
    })
  }
  if (typeof given.$ref !== 'string') return given
  const steps = given.$ref.replace(/^#\/?/, '').split('/').filter(Boolean)
  const found = steps.reduce<unknown>((at, step) => (isSchema(at) ? at[step] : undefined), root)
  return isSchema(found) ? found : {}
}

function typeOf(schema: JsonSchema): unknown {
  if (Array.isArray(schema.type)) return schema.type[0]
  if (schema.type !== undefined) return schema.type
  if (schema.properties !== undefined) return 'object'
  return schema.items === undefined ? 'string' : 'array'
}

function buildObject(schema: JsonSchema, scope: Scope): Record<string, unknown> {
  const properties = isSchema(schema.properties) ? schema.properties : {}
  const required = Array.isArray(schema.required) ? schema.required.map(String) : undefined
  // A schema without `required` gets every property, which is the more useful answer; deep down only what must be.
  const names = required ?? (scope.depth < DEEPEST ? Object.keys(properties) : [])
  const deeper = { ...scope, depth: scope.depth + 1 }
  return Object.fromEntries(names.map((name) => [name, build(properties[name], deeper)]))
}

function buildArray(schema: JsonSchema, scope: Scope): unknown[] {
  const least = typeof schema.minItems === 'number' ? schema.minItems : scope.depth < DEEPEST ? 1 : 0
  const most = typeof schema.maxItems === 'number' ? schema.maxItems : least
  const item = (): unknown => build(schema.items, { ...scope, depth: scope.depth + 1 })
  return Array.from({ length: Math.min(least, most) }, item)
}

function number(schema: JsonSchema, fallback: number): number {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  if (typeof multipleOf === 'number')
    return Math.ceil(number({ ...schema, multipleOf: undefined }, fallback) / multipleOf) * multipleOf
  if (typeof minimum === 'number')
    return Math.max(minimum, typeof maximum === 'number' ? Math.min(fallback, maximum) : fallback)
  if (typeof exclusiveMinimum === 'number') return exclusiveMinimum >= fallback ? exclusiveMinimum + 1 : fallback
  if (typeof maximum === 'number') return Math.min(fallback, maximum)
  if (typeof exclusiveMaximum === 'number') return exclusiveMaximum <= fallback ? exclusiveMaximum - 1 : fallback
  return fallback
}

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2025-01-01T00:00:00Z',
  date: '2025-01-01',
  time: '12:00:00Z',
  email: 'someone@example.com',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
}

function buildString(schema: JsonSchema, text: string): string {
  if (typeof schema.format === 'string' && FORMATS[schema.format] !== undefined) return FORMATS[schema.format] ?? ''
  const least = typeof schema.minLength === 'number' ? schema.minLength : 0
  const most = typeof schema.maxLength === 'number' ? schema.maxLength : Infinity
  return text.padEnd(least, '.').slice(0, Math.max(least, most))
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
