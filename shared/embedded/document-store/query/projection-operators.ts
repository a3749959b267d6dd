import { compileExpression, compilePlain } from '../aggregation/expression.ts'
import { CommandError } from '../errors.ts'
import { type Fields, isFields, isNumeric, toNumber, type Value } from '../values/bson-values.ts'
import { compileFilter } from './filter.ts'
import type { QueryContext } from './filter-types.ts'

/** What computed fields are allowed to be. */
export interface ProjectionSetup {
  context: QueryContext
  /** `find` has `$elemMatch`, `$slice` and the positional operator; `$project` has expressions only. */
  find: boolean
}

/** A field of a projection that is more than kept or dropped. */
export interface Computed {
  value: (document: Fields, current: { value: Value; matchedIndex: number | undefined }) => Value
  /** Whether it makes the projection one of inclusion; undefined leaves that to the other fields. */
  including: boolean | undefined
  /** Whether it leaves other fields in when nothing else is asked for. */
  neutral: boolean
  /** Whether the field keeps its place in the document. */
  inPlace: boolean
}

/** Compiles the operators and expressions a projection may hold. */
export function compileComputed(path: string, value: Value, setup: ProjectionSetup): Computed {
  if (setup.find && path.endsWith('.$')) return positional()
  if (isFields(value) && Object.keys(value).length === 1) {
    if (setup.find && Object.hasOwn(value, '$slice')) return slice(path, value['$slice'], setup)
    if (setup.find && Object.hasOwn(value, '$elemMatch')) return elemMatch(path, value['$elemMatch'], setup)
    if (Object.hasOwn(value, '$meta'))
      throw new CommandError(40218, 'query requires text score metadata, but it is not available')
  }
  // Documents in a pipeline are in promoted form already.
  const evaluate = setup.find ? compileExpression(value, setup.context) : compilePlain(value, setup.context)
  return { value: (document) => evaluate(document), including: true, neutral: false, inPlace: false }
}

function positional(): Computed {
  return {
    including: true,
    neutral: false,
    inPlace: true,
    value: (_, { value, matchedIndex }) => {
      if (!Array.isArray(value)) return value
      if (matchedIndex === undefined) {
        throw new CommandError(
          51246,
          "Executor error during find command :: caused by :: positional operator '.$' couldn't find a matching element in the array",
        )
      }
      return matchedIndex < value.length ? [value[matchedIndex]] : []
    },
  }
}

function slice(path: string, operand: Value, setup: ProjectionSetup): Computed {
  const parts = Array.isArray(operand) ? operand : [operand]
  if (!parts.every(isNumeric)) {
    const evaluate = compileExpression({ $slice: operand }, setup.context)
    return { value: (document) => evaluate(document), including: true, neutral: false, inPlace: false }
  }
  if (parts.length < 1 || parts.length > 2)
    throw new CommandError(
      28667,
      `Expression $slice takes at least 2 arguments, and at most 3, but ${parts.length} were passed in.`,
    )
  const [first = 0, second] = parts.map((part) => Math.trunc(toNumber(part)))
  if (second !== undefined && second <= 0)
    throw new CommandError(28724, `First argument to $slice must be positive: ${path}`)
  return {
    including: undefined,
    neutral: true,
    inPlace: true,
    value: (_, { value }) => (Array.isArray(value) ? sliceOf(value, first, second) : value),
  }
}

function sliceOf(array: Value[], first: number, second: number | undefined): Value[] {
  if (second === undefined) return first >= 0 ? array.slice(0, first) : array.slice(first)
  const start = first >= 0 ? first : Math.max(array.length + first, 0)
  return array.slice(start, start + second)
}

function elemMatch(path: string, operand: Value, setup: ProjectionSetup): Computed {
  if (path.includes('.')) throw new CommandError(31275, `Cannot use $elemMatch projection on a nested field: ${path}`)
  if (!isFields(operand))
    throw new CommandError(31274, `elemMatch: Invalid argument, object required, but got ${typeof operand}`)
  const filter = compileFilter({ element: { $elemMatch: operand } }, setup.context)
  return {
    including: true,
    neutral: false,
    inPlace: false,
    value: (_, { value }) => {
      if (!Array.isArray(value)) return undefined
      const found = value.findIndex((element) => filter.test({ element: [element] }))
      return found < 0 ? undefined : [value[found]]
    },
  }
}
