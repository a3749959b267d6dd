import { CommandError } from '../errors.ts'
import { compileFilter } from '../query/filter.ts'
import { compareSortKeys, parseSort, sortKey } from '../query/sort.ts'
import { type Fields, isFields, isNumeric, toNumber, type Value } from '../values/bson-values.ts'
import type { Stage, StageContext } from './stage.ts'

/** `$match`. */
export function match(operand: Value, context: StageContext): Stage {
  if (!isFields(operand)) throw new CommandError(15959, 'the match filter must be an expression in an object')
  const filter = compileFilter(operand, context)
  return function* (documents) {
    for (const document of documents) if (filter.test(document)) yield document
  }
}

/** `$sort`. */
export function sort(operand: Value, context: StageContext): Stage {
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

/** `$skip`. */
export function skip(operand: Value): Stage {
  const amount = wholeNumber(operand, 15972, '$skip')
  return function* (documents) {
    let position = 0
    for (const document of documents) if (position++ >= amount) yield document
  }
}

/** `$limit`. */
export function limit(operand: Value): Stage {
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

/** `$count`. */
export function count(operand: Value): Stage {
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
