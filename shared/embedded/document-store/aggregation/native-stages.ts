import { CommandError } from '../errors.ts'
import { compileFilter } from '../query/filter.ts'
import { compareSortKeys, parseSort, sortKey } from '../query/sort.ts'
import { type Fields, isFields, isNumeric, toNumber, type Value } from '../values/bson-values.ts'
import { parsePipeline } from './parse-pipeline.ts'
import type { Stage, StageCompiler, StageContext } from './stage.ts'
import { lookup, unionWith } from './joins.ts'
import { DOCUMENT_STAGES } from './document-stages.ts'
import { group } from './group.ts'
import { unwind } from './unwind.ts'
import { DIAGNOSTIC_STAGES } from './diagnostic-stages.ts'

/** The stages this store runs itself, because they need its planner, its order between values, or its collections. */
export const NATIVE_STAGES: Record<string, StageCompiler> = {
  $match: match,
  $sort: sort,
  $skip: skip,
  $limit: limit,
  $group: group,
  $unwind: unwind,
  $sortByCount: sortByCount,
  $count: count,
  $facet: facet,
  $lookup: lookup,
  $unionWith: unionWith,
  ...eachDocument(),
  ...DIAGNOSTIC_STAGES,
}

function eachDocument(): Record<string, StageCompiler> {
  return Object.fromEntries(
    Object.entries(DOCUMENT_STAGES).map(([name, compile]) => [
      name,
      (operand, context) => overAll(compile(operand, context)),
    ]),
  )
}

function overAll(change: (document: Fields) => Fields): Stage {
  return function* (documents) {
    for (const document of documents) yield change(document)
  }
}

function sortByCount(operand: Value, context: StageContext): Stage {
  const grouped = group({ _id: operand, count: { $sum: 1 } }, context)
  const sorted = sort({ count: -1 }, context)
  return (documents) => sorted(grouped(documents))
}

function match(operand: Value, context: StageContext): Stage {
  if (!isFields(operand)) throw new CommandError(15959, 'the match filter must be an expression in an object')
  const filter = compileFilter(operand, context)
  return function* (documents) {
    for (const document of documents) if (filter.test(document)) yield document
  }
}

function sort(operand: Value, context: StageContext): Stage {
  const fields = parseSort(operand)
  if (fields.length === 0) throw new CommandError(15976, '$sort stage must have at least one sort key')
  const strings = context.collation?.compare
  const compare = compareSortKeys(fields, strings)
  return function* (documents) {
    const ranked: { key: Value[]; document: Fields }[] = []
    for (const document of documents) ranked.push({ key: sortKey(document, fields, strings), document })
    for (const { document } of ranked.toSorted((left, right) => compare(left.key, right.key))) yield document
  }
}

function skip(operand: Value): Stage {
  const amount = wholeNumber(operand, 15972, '$skip')
  return function* (documents) {
    let position = 0
    for (const document of documents) if (position++ >= amount) yield document
  }
}

function limit(operand: Value): Stage {
  const amount = wholeNumber(operand, 15957, '$limit')
  if (amount === 0) throw new CommandError(15958, 'the limit must be positive')
  return function* (documents) {
    let left = amount
    for (const document of documents) {
      yield document
      if (--left === 0) return
    }
  }
}

function wholeNumber(operand: Value, code: number, name: string): number {
  const number = isNumeric(operand) ? toNumber(operand) : Number.NaN
  if (!Number.isInteger(number) || number < 0) {
    throw new CommandError(
      code,
      `invalid argument to ${name} stage: Expected a non-negative number in: ${name}: ${String(operand)}`,
    )
  }
  return number
}

function count(operand: Value): Stage {
  if (typeof operand !== 'string' || operand === '')
    throw new CommandError(40156, 'the count field must be a non-empty string')
  if (operand.startsWith('$')) throw new CommandError(40158, 'the count field cannot be a $-prefixed path')
  if (operand.includes('.')) throw new CommandError(40160, "the count field cannot contain '.'")
  return function* (documents) {
    let counted = 0
    for (const _ of documents) counted++
    if (counted > 0) yield { [operand]: counted }
  }
}

function facet(operand: Value, context: StageContext): Stage {
  if (!isFields(operand) || Object.keys(operand).length === 0) {
    throw new CommandError(40169, 'the $facet specification must be a non-empty object')
  }
  const pipelines = Object.entries(operand).map(([name, pipeline]) => ({
    name,
    run: context.nested.compile(parsePipeline(pipeline), context),
  }))
  return function* (documents) {
    const shared = [...documents]
    const facets: Fields = {}
    for (const { name, run } of pipelines) facets[name] = [...run(shared)]
    yield facets
  }
}
