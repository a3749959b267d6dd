/*
 * Stages that make one document of one document. Updates given as pipelines are made of these alone.
 */
import { CommandError } from '../errors.ts'
import type { QueryContext } from '../query/filter-types.ts'
import { compileProjection } from '../query/projection.ts'
import { bsonType, type Fields, isFields, setField, type Value } from '../values/bson-values.ts'
import { compilePlain, type Expression } from './expression.ts'

export type DocumentStage = (document: Fields) => Fields

/** The stages by name. */
export const DOCUMENT_STAGES: Record<string, (operand: Value, context: QueryContext) => DocumentStage> = {
  $addFields: (operand, context) => addFields('$addFields', operand, context),
  $set: (operand, context) => addFields('$set', operand, context),
  $project: project,
  $unset: unset,
  $replaceRoot: (operand, context) => replaceRoot(isFields(operand) ? operand['newRoot'] : undefined, context),
  $replaceWith: replaceRoot,
}

interface Addition {
  path: string[]
  compute: Expression
}

function addFields(name: string, operand: Value, context: QueryContext): DocumentStage {
  if (!isFields(operand))
    throw new CommandError(40272, `${name} specification stage must be an object, got ${bsonType(operand)}`)
  if (Object.keys(operand).length === 0) {
    throw new CommandError(40177, `Invalid ${name} :: caused by :: specification must have at least one field`)
  }
  const additions = Object.entries(operand).flatMap(([path, value]) => additionsOf(path.split('.'), value, context))
  return (document) =>
    additions.reduce<Fields>((changed, { path, compute }) => setAt(changed, path, compute(document)), document)
}

/** A document that is no expression adds its fields one by one to what is there. */
function additionsOf(path: string[], value: Value, context: QueryContext): Addition[] {
  if (path.some((segment) => segment === ''))
    throw new CommandError(40352, 'FieldPath cannot be constructed with empty string')
  if (path.some((segment) => segment.startsWith('$'))) {
    throw new CommandError(
      16410,
      `Invalid $addFields :: caused by :: FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
    )
  }
  const nested = isFields(value) && Object.keys(value).length > 0 && !Object.keys(value)[0]?.startsWith('$')
  if (!nested) return [{ path, compute: compilePlain(value, context) }]
  return Object.entries(value).flatMap(([name, inner]) => additionsOf([...path, ...name.split('.')], inner, context))
}

function setAt(document: Fields, path: readonly string[], value: Value): Fields {
  const [head = '', ...rest] = path
  const changed: Fields = { ...document }
  if (rest.length > 0) setField(changed, head, setInside(changed[head], rest, value))
  else if (value === undefined) delete changed[head]
  else setField(changed, head, value)
  return changed
}

function setInside(current: Value, path: readonly string[], value: Value): Value {
  if (Array.isArray(current)) return current.map((element) => setInside(element, path, value))
  return setAt(isFields(current) ? current : {}, path, value)
}

function project(operand: Value, context: QueryContext): DocumentStage {
  if (!isFields(operand)) throw new CommandError(15969, '$project specification must be an object')
  if (Object.keys(operand).length === 0) {
    throw new CommandError(
      51272,
      'Invalid $project :: caused by :: projection specification must have at least one field',
    )
  }
  return compileProjection(operand, { context, find: false }) ?? ((document) => document)
}

function unset(operand: Value, context: QueryContext): DocumentStage {
  const names = Array.isArray(operand) ? operand : [operand]
  if (names.length === 0 || !names.every((name) => typeof name === 'string' && name !== '')) {
    throw new CommandError(31002, '$unset specification must be a string or an array of strings')
  }
  return project(Object.fromEntries(names.map((name) => [name, 0])), context)
}

function replaceRoot(operand: Value, context: QueryContext): DocumentStage {
  if (operand === undefined) throw new CommandError(40231, 'no newRoot specified for the $replaceRoot stage')
  const compute = compilePlain(operand, context)
  return (document) => {
    const root = compute(document)
    if (isFields(root)) return root
    throw new CommandError(
      40228,
      `'newRoot' expression must evaluate to an object, but resulting value was of type: ${root === undefined ? 'missing' : bsonType(root)}`,
    )
  }
}
