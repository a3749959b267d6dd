import { canonicalJson } from './canonical-json.ts'
import { numberFault, typeFault } from './scalar-faults.ts'
import type { Schema, SchemaSurvey } from './survey-schema.ts'

export interface Violation {
  /** A JSON pointer into the value, empty for all of it. A name that the schema does not say is written `*`. */
  readonly path: string
  readonly rule: string
}

/** The check would take longer than one may. */
export class TooMuchWork extends Error {}

type Fields = Readonly<Record<string, unknown>>
type Found = Violation | null

/** Some tenths of a second at most, and a thousand times what a large answer takes. */
const MOST_STEPS = 2_000_000
const DEEPEST = 500
/** Looking at so many characters, or listed values, is one step. */
const CHARACTERS_PER_STEP = 64
const LISTED_PER_STEP = 8
const LONGEST_NAME = 64

/** Follows a schema over one value and stops at the first violation. */
export class SchemaChecker {
  readonly #survey: SchemaSurvey
  #stepsLeft = MOST_STEPS

  constructor(survey: SchemaSurvey) {
    this.#survey = survey
  }

  /** @throws TooMuchWork */
  check(value: unknown): Found {
    return this.#check(value, this.#survey.root, { path: '', depth: 0 })
  }

  #check(value: unknown, schema: Schema, place: Place): Found {
    this.#spend(1, place.depth)
    if (typeof schema === 'boolean') return schema ? null : fault(place, 'is not allowed by the schema')
    return (
      fault(place, typeFault(value, schema['type'])) ??
      this.#checkListed(value, schema, place) ??
      this.#checkInPlace(value, schema, place) ??
      this.#checkKind(value, schema, place)
    )
  }

  #checkKind(value: unknown, schema: Fields, place: Place): Found {
    if (typeof value === 'string') return this.#checkText(value, schema, place)
    if (typeof value === 'number') return fault(place, numberFault(value, schema))
    if (Array.isArray(value)) return this.#checkItems(value, schema, place)
    return typeof value === 'object' && value !== null ? this.#checkFields(value as Fields, schema, place) : null
  }

  #checkListed(value: unknown, schema: Fields, place: Place): Found {
    const { enum: listed } = schema
    if (Object.hasOwn(schema, 'const') && !this.#areEqual(value, schema['const'])) {
      return fault(place, 'must be the value that `const` names')
    }
    if (!Array.isArray(listed)) return null
    this.#spend(listed.length / LISTED_PER_STEP)
    return listed.some((option) => this.#areEqual(value, option))
      ? null
      : fault(place, 'must be one of the values that `enum` lists')
  }

  #checkInPlace(value: unknown, schema: Fields, place: Place): Found {
    const { $ref, allOf, anyOf, oneOf, not } = schema
    const inside = { path: place.path, depth: place.depth + 1 }
    const fits = (other: unknown): boolean => this.#check(value, other as Schema, inside) === null
    if (typeof $ref === 'string') {
      const found = this.#check(value, this.#survey.references.get($ref) ?? true, inside)
      if (found) return found
    }
    for (const other of listOf(allOf)) {
      const found = this.#check(value, other, inside)
      if (found) return found
    }
    if (Array.isArray(anyOf) && !anyOf.some(fits)) return fault(place, 'fits none of the schemas of `anyOf`')
    if (Array.isArray(oneOf) && oneOf.filter(fits).length !== 1) {
      return fault(place, 'must fit exactly one of the schemas of `oneOf`')
    }
    if (not !== undefined && fits(not)) return fault(place, 'fits what `not` rules out')
    if (schema['if'] === undefined) return null
    const next = fits(schema['if']) ? schema['then'] : schema['else']
    return next === undefined ? null : this.#check(value, next as Schema, inside)
  }

  #checkText(text: string, schema: Fields, place: Place): Found {
    const { minLength, maxLength, pattern } = schema
    if (typeof minLength === 'number' && this.#lengthOf(text) < minLength) {
      return fault(place, `must have at least ${minLength} characters`)
    }
    if (typeof maxLength === 'number' && this.#lengthOf(text) > maxLength) {
      return fault(place, `must have at most ${maxLength} characters`)
    }
    if (typeof pattern !== 'string' || this.#matches(text, pattern)) return null
    return fault(place, 'must match the `pattern`')
  }

  #checkItems(items: readonly unknown[], schema: Fields, place: Place): Found {
    const { minItems, maxItems, uniqueItems, prefixItems } = schema
    if (typeof minItems === 'number' && items.length < minItems) {
      return fault(place, `must have at least ${minItems} items`)
    }
    if (typeof maxItems === 'number' && items.length > maxItems) {
      return fault(place, `must have at most ${maxItems} items`)
    }
    if (uniqueItems === true && new Set(items.map((item) => this.#canonical(item))).size < items.length) {
      return fault(place, 'must not hold an item twice')
    }
    const prefix = listOf(prefixItems)
    const rest = schema['items'] as Schema | undefined
    for (const [index, item] of items.entries()) {
      const itemSchema = prefix[index] ?? rest
      const found = itemSchema === undefined ? null : this.#check(item, itemSchema, within(place, String(index)))
      if (found) return found
    }
    return this.#checkContained(items, schema, place)
  }

  #checkContained(items: readonly unknown[], schema: Fields, place: Place): Found {
    const { contains, minContains: least = 1, maxContains: most = Infinity } = schema
    if (contains === undefined) return null
    const fitting = items.filter((item) => this.#check(item, contains as Schema, within(place, '*')) === null).length
    return fitting >= Number(least) && fitting <= Number(most)
      ? null
      : fault(place, 'must hold as many items as `contains` asks for')
  }

  #checkFields(fields: Fields, schema: Fields, place: Place): Found {
    const { minProperties: least = 0, maxProperties: most = Infinity, dependentRequired, dependentSchemas } = schema
    const names = Object.keys(fields)
    const required = requiredOf(fields, schema['required'], dependentRequired)
    this.#spend(names.length + required.length / LISTED_PER_STEP)
    const missing = required.find((name) => !Object.hasOwn(fields, name))
    if (missing !== undefined) return fault(place, `must have the property \`${missing.slice(0, LONGEST_NAME)}\``)
    if (names.length < Number(least)) return fault(place, `must have at least ${String(least)} properties`)
    if (names.length > Number(most)) return fault(place, `must have at most ${String(most)} properties`)
    for (const [name, schemaOfAll] of Object.entries((dependentSchemas ?? {}) as Record<string, Schema>)) {
      if (!Object.hasOwn(fields, name)) continue
      const found = this.#check(fields, schemaOfAll, { path: place.path, depth: place.depth + 1 })
      if (found) return found
    }
    for (const name of names) {
      const found = this.#checkField({ name, value: fields[name] }, schema, place)
      if (found) return found
    }
    return null
  }

  #checkField({ name, value }: { name: string; value: unknown }, schema: Fields, place: Place): Found {
    const { properties, patternProperties, additionalProperties: others, propertyNames } = schema
    const unnamed = within(place, '*')
    if (propertyNames !== undefined && this.#check(name, propertyNames as Schema, unnamed)) {
      return fault(place, 'has a property whose name `propertyNames` does not allow')
    }
    const known = own(properties, name)
    const matching = Object.entries((patternProperties ?? {}) as Record<string, Schema>).filter(([pattern]) =>
      this.#matches(name, pattern),
    )
    if (known === undefined && matching.length === 0) {
      if (others === false) return fault(place, 'has a property that the schema does not allow')
      return others === undefined ? null : this.#check(value, others as Schema, unnamed)
    }
    const named = known === undefined ? unnamed : within(place, name)
    for (const fieldSchema of [known ?? true, ...matching.map(([, found]) => found)]) {
      const found = this.#check(value, fieldSchema, named)
      if (found) return found
    }
    return null
  }

  /** In code points, as the standard counts. */
  #lengthOf(text: string): number {
    this.#spend(text.length / CHARACTERS_PER_STEP)
    let length = 0
    for (const _character of text) length += 1
    return length
  }

  #matches(text: string, source: string): boolean {
    const pattern = this.#survey.patterns.get(source)
    if (!pattern) return true
    this.#spend(1 + (text.length * pattern.size) / CHARACTERS_PER_STEP)
    return pattern.test(text)
  }

  #areEqual(value: unknown, other: unknown): boolean {
    if (value === other) return true
    if (typeof value !== 'object' || typeof other !== 'object') return false
    return this.#canonical(value) === this.#canonical(other)
  }

  #canonical(value: unknown): string {
    return canonicalJson(value, (depth) => this.#spend(1, depth))
  }

  #spend(steps: number, depth = 0): void {
    this.#stepsLeft -= steps
    if (this.#stepsLeft < 0 || depth > DEEPEST) throw new TooMuchWork()
  }
}

interface Place {
  readonly path: string
  readonly depth: number
}

function within({ path, depth }: Place, name: string): Place {
  const step = name.slice(0, LONGEST_NAME).replaceAll('~', '~0').replaceAll('/', '~1')
  return { path: `${path}/${step}`, depth: depth + 1 }
}

function fault({ path }: Place, rule: string | null): Found {
  return rule === null ? null : { path, rule }
}

function listOf(value: unknown): readonly Schema[] {
  return Array.isArray(value) ? value : []
}

function own(schemas: unknown, name: string): Schema | undefined {
  return schemas !== undefined && Object.hasOwn(schemas as object, name)
    ? (schemas as Record<string, Schema>)[name]
    : undefined
}

function requiredOf(fields: Fields, required: unknown, dependent: unknown): readonly string[] {
  const names = (required ?? []) as readonly string[]
  if (dependent === undefined) return names
  const more = Object.entries(dependent as Record<string, readonly string[]>)
  return [...names, ...more.flatMap(([name, others]) => (Object.hasOwn(fields, name) ? others : []))]
}
