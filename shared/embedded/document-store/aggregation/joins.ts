import { CommandError } from '../errors.ts'
import { valuesAt } from '../query/paths.ts'
import { type Fields, isFields, setField, type Value } from '../values/bson-values.ts'
import { evaluate } from './expression.ts'
import { parsePipeline } from './parse-pipeline.ts'
import type { Stage, StageContext } from './stage.ts'

/** `$lookup`: by equality, by pipeline, or both. Each local document is one query of the foreign collection's planner. */
export function lookup(operand: Value, context: StageContext): Stage {
  if (!isFields(operand)) throw new CommandError(9, 'the $lookup specification must be an Object')
  const { from, as, localField, foreignField, pipeline } = operand
  if (typeof as !== 'string') throw new CommandError(9, "must specify 'as' field for a $lookup")
  if (from !== undefined && typeof from !== 'string')
    throw new CommandError(9, "$lookup argument 'from' must be a string")
  if ((localField === undefined) !== (foreignField === undefined)) {
    throw new CommandError(9, "$lookup requires both or neither of 'localField' and 'foreignField' to be specified")
  }
  if (localField === undefined && pipeline === undefined) {
    throw new CommandError(
      9,
      "$lookup requires either 'pipeline' or both 'localField' and 'foreignField' to be specified",
    )
  }
  const stages = pipeline === undefined ? [] : parsePipeline(pipeline)
  const join: Join = { from, stages, variables: operand['let'] as Fields | undefined, localField, foreignField }
  return function* (documents) {
    for (const document of documents) {
      const joined = { ...document }
      setPath(joined, as.split('.'), [...foreignDocuments(document, join, context)])
      yield joined
    }
  }
}

interface Join {
  from: string | undefined
  stages: Fields[]
  variables: Fields | undefined
  localField: Value
  foreignField: Value
}

function* foreignDocuments(document: Fields, join: Join, context: StageContext): Generator<Fields> {
  const variables: Fields = { ...context.variables }
  for (const [name, expression] of Object.entries(join.variables ?? {}))
    setField(variables, name, evaluate(document, expression, context))
  const inner: StageContext = { ...context, variables }
  const matching =
    typeof join.foreignField === 'string'
      ? [{ $match: equality(document, String(join.localField), join.foreignField) }]
      : []
  const stages = [...matching, ...join.stages]
  yield* join.from === undefined
    ? context.nested.compile(stages, inner)([])
    : context.nested.over(join.from, stages, inner)
}

/** A local array stands for each of its elements; a missing field for null. */
function equality(document: Fields, localField: string, foreignField: string): Fields {
  const values = valuesAt(document, localField).flatMap((value) => (Array.isArray(value) ? value : [value]))
  if (values.length === 0) return { [foreignField]: { $in: [null] } }
  return { [foreignField]: { $in: values } }
}

function setPath(document: Fields, path: string[], value: Value): void {
  let holder = document
  for (const segment of path.slice(0, -1)) {
    const inner = holder[segment]
    const copy: Fields = isFields(inner) ? { ...inner } : {}
    setField(holder, segment, copy)
    holder = copy
  }
  setField(holder, path.at(-1) ?? '', value)
}

/** `$unionWith`: the documents so far, then those of another collection. */
export function unionWith(operand: Value, context: StageContext): Stage {
  const from = typeof operand === 'string' ? operand : isFields(operand) ? operand['coll'] : undefined
  const pipeline = isFields(operand) && operand['pipeline'] !== undefined ? parsePipeline(operand['pipeline']) : []
  if (typeof from !== 'string' && pipeline.length === 0)
    throw new CommandError(9, '$unionWith requires a collection or a pipeline')
  return function* (documents) {
    yield* documents
    yield* typeof from === 'string'
      ? context.nested.over(from, pipeline, context)
      : context.nested.compile(pipeline, context)([])
  }
}
