import { RE2JS } from 're2js'
import { IN_PLACE, isObject, KEYWORDS, misuseOf, UNREAD_KEYWORDS } from './schema-keywords.ts'

/** A schema that has been looked through: well formed, within bounds, its references and expressions resolved. */
export interface SchemaSurvey {
  readonly root: Schema
  readonly references: ReadonlyMap<string, Schema>
  readonly patterns: ReadonlyMap<string, LinearPattern>
}

export type Schema = boolean | Readonly<Record<string, unknown>>

export interface LinearPattern {
  test(text: string): boolean
  /** Instructions of the compiled expression: a character takes at most as many steps. */
  readonly size: number
}

/** Why a schema cannot be used. The message is for whoever wrote the schema. */
export class UnusableSchema extends Error {
  constructor(path: string, rule: string) {
    super(path === '' ? rule : `its \`${path.slice(0, LONGEST_PATH)}\` ${rule}`)
    this.name = 'UnusableSchema'
  }
}

/** OpenAI's own limits are 5,000 properties and 10 levels: https://platform.openai.com/docs/guides/structured-outputs */
const MOST_SCHEMAS = 10_000
const DEEPEST = 64
const MOST_PATTERNS = 100
const LONGEST_PATTERN = 512
/** Instructions, of all patterns of a schema: compiling so many takes some hundredths of a second. */
const LARGEST_PATTERNS = 5_000
const LONGEST_PATH = 200
const LONGEST_CHAIN = 100

/** @throws UnusableSchema */
export function surveySchema(root: unknown): SchemaSurvey {
  if (!isObject(root) && typeof root !== 'boolean') throw new UnusableSchema('', 'it must be an object')
  const surveyor = new Surveyor()
  surveyor.visit(root, '', 0)
  const references = surveyor.resolveReferences(root)
  refuseCircles(surveyor.schemas, references)
  return { root, references, patterns: surveyor.patterns }
}

class Surveyor {
  readonly schemas = new Set<Readonly<Record<string, unknown>>>()
  readonly patterns = new Map<string, LinearPattern>()
  readonly #references = new Map<string, string>()
  readonly #anchors = new Map<string, Schema>()
  #patternsSize = 0

  visit(schema: unknown, path: string, depth: number): void {
    if (!isObject(schema)) return
    if (depth > DEEPEST) throw new UnusableSchema('', `it is nested more than ${DEEPEST} levels deep`)
    this.schemas.add(schema)
    if (this.schemas.size > MOST_SCHEMAS) throw new UnusableSchema('', `it holds more than ${MOST_SCHEMAS} schemas`)
    for (const [keyword, value] of Object.entries(schema)) {
      const at = `${path}/${keyword}`
      // An id inside would change what the references below it mean.
      if (UNREAD_KEYWORDS.has(keyword) || (keyword === '$id' && depth > 0)) {
        throw new UnusableSchema(at, 'is a keyword that is not supported')
      }
      const kind = KEYWORDS.get(keyword)
      if (kind === undefined) continue
      const misuse = misuseOf(kind, value)
      if (misuse !== null) throw new UnusableSchema(at, misuse)
      if (kind === 'pattern') this.#addPattern(String(value), at)
      if (kind === 'schemas-by-pattern')
        for (const pattern of Object.keys(value as object)) this.#addPattern(pattern, at)
      if (keyword === '$ref') this.#references.set(String(value), at)
      if (keyword === '$anchor') this.#anchors.set(`#${String(value)}`, schema)
      if (kind === 'schema') this.visit(value, at, depth + 1)
      if (!kind.startsWith('schemas')) continue
      for (const [name, child] of Object.entries(value as object)) this.visit(child, `${at}/${name}`, depth + 1)
    }
  }

  resolveReferences(root: Schema): ReadonlyMap<string, Schema> {
    const resolved = new Map<string, Schema>()
    for (const [reference, path] of this.#references) {
      const target = this.#anchors.get(reference) ?? followPointer(root, reference)
      const isKnown = typeof target === 'boolean' || (isObject(target) && this.schemas.has(target))
      if (!isKnown) throw new UnusableSchema(path, 'must refer to a schema inside this one, as `#/$defs/name` does')
      resolved.set(reference, target)
    }
    return resolved
  }

  #addPattern(source: string, path: string): void {
    if (this.patterns.has(source)) return
    if (this.patterns.size >= MOST_PATTERNS)
      throw new UnusableSchema('', `it holds more than ${MOST_PATTERNS} patterns`)
    if (source.length > LONGEST_PATTERN) throw new UnusableSchema(path, 'is a regular expression that is too long')
    const expression = compilePattern(source)
    if (!expression) {
      throw new UnusableSchema(path, 'must be a regular expression without lookaround and backreferences')
    }
    const size = expression.programSize()
    this.#patternsSize += size
    if (this.#patternsSize > LARGEST_PATTERNS) {
      throw new UnusableSchema(path, 'is a regular expression that repeats too much')
    }
    this.patterns.set(source, { test: (text) => expression.test(text), size })
  }
}

/** Null: not a regular expression, or one that cannot run in linear time. */
function compilePattern(source: string): RE2JS | null {
  try {
    return RE2JS.compile(RE2JS.translateRegExp(source))
  } catch {
    return null
  }
}

/** https://datatracker.ietf.org/doc/html/rfc6901#section-6 */
function followPointer(root: Schema, reference: string): Schema | undefined {
  if (reference === '#') return root
  if (!reference.startsWith('#/')) return undefined
  let at: unknown = root
  for (const step of reference.slice(2).split('/')) {
    const name = decodeStep(step)
    if (name === null || typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined
    at = Reflect.get(at, name)
  }
  return at as Schema
}

function decodeStep(step: string): string | null {
  try {
    return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    return null
  }
}

/** A schema that asks for itself about the same value never comes to an end. */
function refuseCircles(
  schemas: ReadonlySet<Readonly<Record<string, unknown>>>,
  references: ReadonlyMap<string, Schema>,
): void {
  const entered = new Set<Schema>()
  const left = new Set<Schema>()
  const enter = (schema: unknown, depth: number): void => {
    if (!isObject(schema) || left.has(schema)) return
    if (entered.has(schema)) throw new UnusableSchema('', 'it refers to itself in a circle')
    if (depth > LONGEST_CHAIN) throw new UnusableSchema('', 'it refers on and on from schema to schema')
    entered.add(schema)
    if (typeof schema['$ref'] === 'string') enter(references.get(schema['$ref']), depth + 1)
    for (const keyword of IN_PLACE) for (const child of [schema[keyword]].flat()) enter(child, depth + 1)
    for (const child of Object.values(schema['dependentSchemas'] ?? NONE)) enter(child, depth + 1)
    left.add(schema)
  }
  for (const schema of schemas) enter(schema, 0)
}

const NONE = {}
