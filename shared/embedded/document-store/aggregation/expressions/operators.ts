import { toPlain } from '../../values/bson-values.ts'
import { ARITHMETIC } from './arithmetic.ts'
import { ARRAY_FORMS, ARRAYS } from './arrays.ts'
import { COMPARISONS } from './comparisons.ts'
import { CONVERSIONS } from './conversions.ts'
import { DATE_FORMS } from './date-parts.ts'
import { FLOW } from './flow.ts'
import { OBJECT_FORMS, OBJECTS } from './objects.ts'
import type { Operator, Simple } from './scope.ts'
import { STRINGS } from './strings.ts'

/** Operators of values that are computed already. */
export const SIMPLE: Record<string, Simple> = {
  ...ARITHMETIC,
  ...ARRAYS,
  ...COMPARISONS,
  ...OBJECTS,
  ...STRINGS,
  ...CONVERSIONS,
}

/** Operators that look at their operand as it is written. */
export const FORMS: Record<string, Operator> = {
  ...FLOW,
  ...ARRAY_FORMS,
  ...OBJECT_FORMS,
  ...DATE_FORMS,
  $literal: (operand) => () => toPlain(operand),
}

/** The names of the operators computed here rather than by mingo. */
export const NATIVE_OPERATORS: readonly string[] = [...Object.keys(SIMPLE), ...Object.keys(FORMS)]
