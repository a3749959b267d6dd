import { CommandError } from '../errors.ts'
import { bsonType, type Fields, isFields, isNumeric, toNumber, type Value } from '../values/bson-values.ts'
import { equalValues } from '../values/compare.ts'
import { ownField } from './paths.ts'
import { toRegExp } from './regex.ts'
import { parseTypes } from './type-names.ts'

type SchemaTest = (value: Value) => boolean

const JSON_TYPES: Record<string, string> = {
  boolean: 'bool',
  number: 'number',
  string: 'string',
  object: 'object',
  array: 'array',
  null: 'null',
}

/** Compiles `$jsonSchema`: MongoDB's draft 4 subset with `bsonType`. */
export function compileSchema(schema: Value): SchemaTest {
  if (!isFields(schema)) throw new CommandError(14, '$jsonSchema must be an object')
  const tests = Object.entries(schema).map(([keyword, operand]) => keywordTest(keyword, operand, schema))
  return (value) => tests.every((test) => test(value))
}

function keywordTest(keyword: string, operand: Value, schema: Fields): SchemaTest {
  switch (keyword) {
    case 'bsonType':
      return typeTest(operand)
    case 'type':
      return typeTest(jsonTypes(operand))
    case 'enum':
      return (value) => (operand as Value[]).some((allowed) => equalValues(allowed, value))
    case 'title':
    case 'description':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return () => true
    case 'required':
    case 'properties':
    case 'additionalProperties':
    case 'patternProperties':
    case 'minProperties':
    case 'maxProperties':
    case 'dependencies':
      return whenFields(objectTest(keyword, operand, schema))
    case 'items':
    case 'minItems':
    case 'maxItems':
    case 'uniqueItems':
      return arrayTest(keyword, operand)
    case 'allOf':
    case 'anyOf':
    case 'oneOf':
    case 'not':
      return combinedTest(keyword, operand)
    default:
      return scalarTest(keyword, operand, schema)
  }
}

function jsonTypes(operand: Value): Value {
  const names = (Array.isArray(operand) ? operand : [operand]).map((name) => JSON_TYPES[String(name)] ?? String(name))
  return names.length === 1 ? names[0] : names
}

function typeTest(operand: Value): SchemaTest {
  const types = parseTypes(operand)
  return (value) => types.has(bsonType(value))
}

function whenFields(test: (value: Fields) => boolean): SchemaTest {
  return (value) => !isFields(value) || test(value)
}

function objectTest(keyword: string, operand: Value, schema: Fields): (value: Fields) => boolean {
  switch (keyword) {
    case 'required':
      return (value) => (operand as string[]).every((name) => ownField(value, name) !== undefined)
    case 'properties':
      return propertiesTest(operand as Fields, (name) => (other) => name === other)
    case 'patternProperties':
      return propertiesTest(operand as Fields, (pattern) => {
        const expression = toRegExp(pattern)
        return (name) => expression.test(name)
      })
    case 'additionalProperties':
      return additionalTest(operand, schema)
    case 'minProperties':
      return (value) => Object.keys(value).length >= toNumber(operand)
    case 'maxProperties':
      return (value) => Object.keys(value).length <= toNumber(operand)
    default:
      return dependenciesTest(operand as Fields)
  }
}

function propertiesTest(
  operand: Fields,
  matcher: (key: string) => (name: string) => boolean,
): (value: Fields) => boolean {
  const rules = Object.entries(operand).map(([key, schema]) => ({ named: matcher(key), test: compileSchema(schema) }))
  return (value) =>
    rules.every(({ named, test }) => Object.entries(value).every(([name, field]) => !named(name) || test(field)))
}

function additionalTest(operand: Value, schema: Fields): (value: Fields) => boolean {
  const known = new Set(Object.keys((schema['properties'] as Fields | undefined) ?? {}))
  const patterns = Object.keys((schema['patternProperties'] as Fields | undefined) ?? {}).map((pattern) =>
    toRegExp(pattern),
  )
  const test: SchemaTest = isFields(operand) ? compileSchema(operand) : () => operand !== false
  const isKnown = (name: string): boolean => known.has(name) || patterns.some((pattern) => pattern.test(name))
  return (value) => Object.entries(value).every(([name, field]) => isKnown(name) || test(field))
}

function dependenciesTest(operand: Fields): (value: Fields) => boolean {
  const rules = Object.entries(operand).map(([name, rule]): ((value: Fields) => boolean) => {
    const test = Array.isArray(rule) ? compileSchema({ required: rule }) : compileSchema(rule)
    return (value) => ownField(value, name) === undefined || test(value)
  })
  return (value) => rules.every((rule) => rule(value))
}

function arrayTest(keyword: string, operand: Value): SchemaTest {
  const test = arrayKeyword(keyword, operand)
  return (value) => !Array.isArray(value) || test(value)
}

function arrayKeyword(keyword: string, operand: Value): (value: Value[]) => boolean {
  switch (keyword) {
    case 'minItems':
      return (value) => value.length >= toNumber(operand)
    case 'maxItems':
      return (value) => value.length <= toNumber(operand)
    case 'uniqueItems':
      return (value) =>
        operand !== true || value.every((one, at) => !value.slice(0, at).some((other) => equalValues(one, other)))
    default: {
      const tests = Array.isArray(operand) ? operand.map(compileSchema) : undefined
      const every = tests ? undefined : compileSchema(operand)
      return (value) => value.every((one, at) => (every ?? tests?.[at] ?? (() => true))(one))
    }
  }
}

function combinedTest(keyword: string, operand: Value): SchemaTest {
  if (keyword === 'not') {
    const test = compileSchema(operand)
    return (value) => !test(value)
  }
  const tests = (operand as Value[]).map(compileSchema)
  if (keyword === 'allOf') return (value) => tests.every((test) => test(value))
  if (keyword === 'anyOf') return (value) => tests.some((test) => test(value))
  return (value) => tests.filter((test) => test(value)).length === 1
}

function scalarTest(keyword: string, operand: Value, schema: Fields): SchemaTest {
  switch (keyword) {
    case 'minimum':
      return whenNumber((value) =>
        schema['exclusiveMinimum'] === true ? value > toNumber(operand) : value >= toNumber(operand),
      )
    case 'maximum':
      return whenNumber((value) =>
        schema['exclusiveMaximum'] === true ? value < toNumber(operand) : value <= toNumber(operand),
      )
    case 'multipleOf':
      return whenNumber((value) => value % toNumber(operand) === 0)
    case 'minLength':
      return (value) => typeof value !== 'string' || [...value].length >= toNumber(operand)
    case 'maxLength':
      return (value) => typeof value !== 'string' || [...value].length <= toNumber(operand)
    case 'pattern': {
      const expression = toRegExp(operand)
      return (value) => typeof value !== 'string' || expression.test(value)
    }
    default:
      throw new CommandError(9, `Unknown $jsonSchema keyword: ${keyword}`)
  }
}

function whenNumber(test: (value: number) => boolean): SchemaTest {
  return (value) => !isNumeric(value) || test(toNumber(value))
}
