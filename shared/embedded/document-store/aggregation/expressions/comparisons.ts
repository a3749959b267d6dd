import { CommandError } from '../../errors.ts'
import type { Value } from '../../values/bson-values.ts'
import { compareValues } from '../../values/compare.ts'
import type { Compiler, Simple } from './scope.ts'

/** Comparisons are over all types, and a missing value is below null. */
export const COMPARISONS: Record<string, Simple> = {
  $cmp: (values, name, compiler) => Math.sign(order(values, name, compiler)),
  $eq: (values, name, compiler) => order(values, name, compiler) === 0,
  $ne: (values, name, compiler) => order(values, name, compiler) !== 0,
  $gt: (values, name, compiler) => order(values, name, compiler) > 0,
  $gte: (values, name, compiler) => order(values, name, compiler) >= 0,
  $lt: (values, name, compiler) => order(values, name, compiler) < 0,
  $lte: (values, name, compiler) => order(values, name, compiler) <= 0,
}

function order(values: Value[], name: string, { strings }: Compiler): number {
  checkCount(values, name, 2)
  const [left, right] = values
  if (left === undefined || right === undefined) return Number(left !== undefined) - Number(right !== undefined)
  return compareValues(left, right, strings)
}

/** Throws the server's error where an operator has the wrong number of arguments. */
export function checkCount(values: Value[], name: string, count: number): void {
  if (values.length === count) return
  throw new CommandError(16020, `Expression ${name} takes exactly ${count} arguments. ${values.length} were passed in.`)
}
