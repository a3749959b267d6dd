import { CommandError } from '../errors.ts'
import { type Fields, isFields, setField, type Value } from '../values/bson-values.ts'
import type { Stage } from './stage.ts'

interface Unwind {
  path: string[]
  keepEmpty: boolean
  indexField: string[] | undefined
}

/** `$unwind`: one document for each element of an array. */
export function unwind(operand: Value): Stage {
  const options = parse(operand)
  return function* (documents) {
    for (const document of documents) yield* elementsOf(document, options)
  }
}

function parse(operand: Value): Unwind {
  const { path, preserveNullAndEmptyArrays, includeArrayIndex } = isFields(operand) ? operand : { path: operand }
  if (typeof path !== 'string')
    throw new CommandError(28808, `expected a string as the path for $unwind stage, got ${typeof path}`)
  if (!path.startsWith('$'))
    throw new CommandError(28818, `path option to $unwind stage should be prefixed with a '$': ${path}`)
  return {
    path: path.slice(1).split('.'),
    keepEmpty: preserveNullAndEmptyArrays === true,
    indexField: typeof includeArrayIndex === 'string' ? includeArrayIndex.split('.') : undefined,
  }
}

function* elementsOf(document: Fields, { path, keepEmpty, indexField }: Unwind): Generator<Fields> {
  const value = path.reduce<Value>((inner, name) => (isFields(inner) ? inner[name] : undefined), document)
  const indexed = (changed: Fields, index: number | null): Fields =>
    indexField ? replaceAt(changed, indexField, index) : changed
  if (!Array.isArray(value)) {
    if (value !== undefined && value !== null) yield indexed(document, null)
    else if (keepEmpty) yield indexed(document, null)
    return
  }
  if (value.length === 0 && keepEmpty) yield indexed(replaceAt(document, path, undefined), null)
  for (const [index, element] of value.entries()) yield indexed(replaceAt(document, path, element), index)
}

function replaceAt(document: Fields, path: readonly string[], value: Value): Fields {
  const [head = '', ...rest] = path
  const copy: Fields = { ...document }
  const inner = copy[head]
  if (rest.length > 0) setField(copy, head, replaceAt(isFields(inner) ? inner : {}, rest, value))
  else if (value === undefined) delete copy[head]
  else setField(copy, head, value)
  return copy
}
