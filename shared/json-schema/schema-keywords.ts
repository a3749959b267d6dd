/** What the value of a keyword has to be. */
export type KeywordKind =
  | 'schema'
  | 'schemas'
  | 'schemas-by-name'
  | 'schemas-by-pattern'
  | 'types'
  | 'pattern'
  | 'text'
  | 'texts'
  | 'texts-by-name'
  | 'list'
  | 'count'
  | 'number'
  | 'divisor'
  | 'flag'

/** The keywords that are read. All others are notes: https://json-schema.org/draft/2020-12/json-schema-core#section-6.5 */
export const KEYWORDS: ReadonlyMap<string, KeywordKind> = new Map<string, KeywordKind>([
  ['$defs', 'schemas-by-name'],
  ['definitions', 'schemas-by-name'],
  ['$ref', 'text'],
  ['$anchor', 'text'],
  ['type', 'types'],
  ['enum', 'list'],
  ['allOf', 'schemas'],
  ['anyOf', 'schemas'],
  ['oneOf', 'schemas'],
  ['not', 'schema'],
  ['if', 'schema'],
  ['then', 'schema'],
  ['else', 'schema'],
  ['properties', 'schemas-by-name'],
  ['patternProperties', 'schemas-by-pattern'],
  ['additionalProperties', 'schema'],
  ['propertyNames', 'schema'],
  ['required', 'texts'],
  ['dependentRequired', 'texts-by-name'],
  ['dependentSchemas', 'schemas-by-name'],
  ['minProperties', 'count'],
  ['maxProperties', 'count'],
  ['prefixItems', 'schemas'],
  ['items', 'schema'],
  ['contains', 'schema'],
  ['minContains', 'count'],
  ['maxContains', 'count'],
  ['minItems', 'count'],
  ['maxItems', 'count'],
  ['uniqueItems', 'flag'],
  ['minimum', 'number'],
  ['maximum', 'number'],
  ['exclusiveMinimum', 'number'],
  ['exclusiveMaximum', 'number'],
  ['multipleOf', 'divisor'],
  ['minLength', 'count'],
  ['maxLength', 'count'],
  ['pattern', 'pattern'],
])

/** They change what is valid and are not read: passing over them would call valid what is not. */
export const UNREAD_KEYWORDS: ReadonlySet<string> = new Set([
  '$dynamicRef',
  '$recursiveRef',
  'unevaluatedProperties',
  'unevaluatedItems',
  'additionalItems',
  'dependencies',
])

/** Those whose schemas are about the same value as the schema they stand in; so are those of `dependentSchemas`. */
export const IN_PLACE: readonly string[] = ['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else']

const TYPES: ReadonlySet<unknown> = new Set(['null', 'boolean', 'object', 'array', 'number', 'integer', 'string'])

/** @returns what the value of a keyword should have been; null where it is well formed */
export function misuseOf(kind: KeywordKind, value: unknown): string | null {
  switch (kind) {
    case 'schema':
      return isSchema(value) ? null : 'must be a schema'
    case 'schemas':
      return Array.isArray(value) && value.length > 0 && value.every(isSchema) ? null : 'must be a list of schemas'
    case 'schemas-by-name':
    case 'schemas-by-pattern':
      return isObject(value) && Object.values(value).every(isSchema) ? null : 'must be an object of schemas'
    case 'types':
      return [value].flat().every((type) => TYPES.has(type)) ? null : 'must be a type of JSON, or a list of them'
    case 'pattern':
    case 'text':
      return typeof value === 'string' ? null : 'must be a string'
    case 'texts':
      return areTexts(value) ? null : 'must be a list of strings'
    case 'texts-by-name':
      return isObject(value) && Object.values(value).every(areTexts) ? null : 'must be an object of lists of strings'
    case 'list':
      return Array.isArray(value) ? null : 'must be a list'
    case 'count':
      return Number.isSafeInteger(value) && Number(value) >= 0 ? null : 'must be a whole number'
    case 'number':
      return typeof value === 'number' ? null : 'must be a number'
    case 'divisor':
      return typeof value === 'number' && value > 0 ? null : 'must be a number above 0'
    case 'flag':
      return typeof value === 'boolean' ? null : 'must be true or false'
    default:
      return kind satisfies never
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSchema(value: unknown): boolean {
  return typeof value === 'boolean' || isObject(value)
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === 'string')
}
