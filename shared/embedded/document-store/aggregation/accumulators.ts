import { CommandError } from '../errors.ts'
import type { QueryContext } from '../query/filter-types.ts'
import { compareSortKeys, parseSort, sortKey } from '../query/sort.ts'
import { type Fields, isFields, toNumber, type Value } from '../values/bson-values.ts'
import { compareValues } from '../values/compare.ts'
import { encodeKey } from '../values/key-encoding.ts'
import { compilePlain, type Expression } from './expression.ts'
import { addNumber, average, percentiles, standardDeviation } from './expressions/statistics.ts'

/** What one field of one group has gathered so far. */
export interface Accumulator {
  add: (document: Fields) => void
  result: () => Value
}

export type MakeAccumulator = () => Accumulator
type CompileAccumulator = (operand: Value, context: QueryContext) => MakeAccumulator

/** The accumulators of `$group`. */
export const ACCUMULATORS: Record<string, CompileAccumulator> = {
  $sum: folding(0, addNumber),
  $count: () => counting,
  $avg: gathering((values) => average(values)),
  $min: extreme((order) => order < 0),
  $max: extreme((order) => order > 0),
  $first: edge(true),
  $last: edge(false),
  $push: gathering((values) => values, true),
  $addToSet: uniqueValues,
  $mergeObjects: folding({}, (merged, value) => (isFields(value) ? { ...(merged as Fields), ...value } : merged)),
  $stdDevPop: gathering((values) => standardDeviation(values, false)),
  $stdDevSamp: gathering((values) => standardDeviation(values, true)),
  $percentile: (operand, context) => gatheringInput(operand, context, (values, { p }) => percentiles(values, p)),
  $median: (operand, context) => gatheringInput(operand, context, (values) => percentiles(values, [0.5])[0]),
  $firstN: (operand, context) =>
    gatheringInput(operand, context, (values, options) => values.slice(0, countOf(options))),
  $lastN: (operand, context) => gatheringInput(operand, context, (values, options) => values.slice(-countOf(options))),
  $minN: (operand, context) =>
    gatheringInput(operand, context, (values, options) => ordered(values, 1).slice(0, countOf(options))),
  $maxN: (operand, context) =>
    gatheringInput(operand, context, (values, options) => ordered(values, -1).slice(0, countOf(options))),
  $top: (operand, context) => ranking(operand, context, (outputs) => outputs[0]),
  $bottom: (operand, context) => ranking(operand, context, (outputs) => outputs.at(-1)),
  $topN: (operand, context) => ranking(operand, context, (outputs, options) => outputs.slice(0, countOf(options))),
  $bottomN: (operand, context) => ranking(operand, context, (outputs, options) => outputs.slice(-countOf(options))),
}

function folding(initial: Value, combine: (total: Value, value: Value) => Value): CompileAccumulator {
  return (operand, context) => {
    const evaluate = compilePlain(operand, context)
    return () => {
      let total = initial
      return { add: (document) => (total = combine(total, evaluate(document))), result: () => total }
    }
  }
}

function counting(): Accumulator {
  let count = 0
  return { add: () => count++, result: () => count }
}

function gathering(finish: (values: Value[]) => Value, withNull = false): CompileAccumulator {
  return (operand, context) => gatheringOf(compilePlain(operand, context), finish, withNull)
}

function gatheringOf(evaluate: Expression, finish: (values: Value[]) => Value, withNull: boolean): MakeAccumulator {
  return () => {
    const values: Value[] = []
    return {
      add: (document) => {
        const value = evaluate(document)
        if (value !== undefined && (withNull || value !== null)) values.push(value)
      },
      result: () => finish(values),
    }
  }
}

function gatheringInput(
  operand: Value,
  context: QueryContext,
  finish: (values: Value[], options: Fields) => Value,
): MakeAccumulator {
  if (!isFields(operand)) throw new CommandError(5787900, 'specification must be an object')
  return gatheringOf(compilePlain(operand['input'], context), (values) => finish(values, operand), true)
}

function extreme(better: (order: number) => boolean): CompileAccumulator {
  return (operand, context) => {
    const evaluate = compilePlain(operand, context)
    const strings = context.collation?.compare
    return () => {
      let best: Value
      return {
        add: (document) => {
          const value = evaluate(document)
          if (value === undefined || value === null) return
          if (best === undefined || better(compareValues(value, best, strings))) best = value
        },
        result: () => best ?? null,
      }
    }
  }
}

function edge(first: boolean): CompileAccumulator {
  return (operand, context) => {
    const evaluate = compilePlain(operand, context)
    return () => {
      let value: Value
      let seen = false
      return {
        add: (document) => {
          if (first && seen) return
          seen = true
          value = evaluate(document)
        },
        result: () => value ?? null,
      }
    }
  }
}

function uniqueValues(operand: Value, context: QueryContext): MakeAccumulator {
  const evaluate = compilePlain(operand, context)
  return () => {
    const values = new Map<string, Value>()
    return {
      add: (document) => {
        const value = evaluate(document)
        if (value === undefined) return
        const key = encodeKey(value).toString('latin1')
        if (!values.has(key)) values.set(key, value)
      },
      result: () => [...values.values()],
    }
  }
}

function ordered(values: Value[], direction: number): Value[] {
  return values.filter((value) => value !== null).toSorted((left, right) => direction * compareValues(left, right))
}

function countOf({ n }: Fields): number {
  const count = toNumber(n)
  if (!(Number.isInteger(count) && count > 0))
    throw new CommandError(5787908, `'n' must be greater than 0, found ${String(n)}`)
  return count
}

function ranking(
  operand: Value,
  context: QueryContext,
  finish: (outputs: Value[], options: Fields) => Value,
): MakeAccumulator {
  if (!isFields(operand)) throw new CommandError(5788001, 'specification must be an object')
  const sort = parseSort(operand['sortBy'])
  const strings = context.collation?.compare
  const compare = compareSortKeys(sort, strings)
  const output = compilePlain(operand['output'], context)
  return () => {
    const ranked: { key: Value[]; value: Value }[] = []
    return {
      add: (document) => ranked.push({ key: sortKey(document, sort, strings), value: output(document) ?? null }),
      result: () =>
        finish(
          ranked.toSorted((left, right) => compare(left.key, right.key)).map(({ value }) => value),
          operand,
        ),
    }
  }
}
