import { CommandError } from '../../errors.ts'
import { bsonType, isNumeric, toNumber, type Value } from '../../values/bson-values.ts'
import { compareStrings } from '../../values/compare.ts'
import { isNil, type Simple } from './scope.ts'
import { textOf } from './conversions.ts'

/** Operators over strings. */
export const STRINGS: Record<string, Simple> = {
  $concat: (values) => {
    if (values.some(isNil)) return null
    const odd = values.find((value) => typeof value !== 'string')
    if (odd !== undefined) throw new CommandError(16702, `$concat only supports strings, not ${bsonType(odd)}`)
    return values.join('')
  },
  $toLower: ([value]) => coerce(value).replace(/[A-Z]/g, (letter) => letter.toLowerCase()),
  $toUpper: ([value]) => coerce(value).replace(/[a-z]/g, (letter) => letter.toUpperCase()),
  $strcasecmp: ([left, right]) => Math.sign(compareStrings(coerce(left).toUpperCase(), coerce(right).toUpperCase())),
  $strLenCP: ([value]) => [...required('$strLenCP', value, 34471)].length,
  $strLenBytes: ([value]) => Buffer.byteLength(required('$strLenBytes', value, 34473)),
  $substr: ([value, start, length]) => substrBytes(coerce(value), start, length),
  $substrBytes: ([value, start, length]) => substrBytes(coerce(value), start, length),
  $substrCP: ([value, start, length]) =>
    [...coerce(value)].slice(toNumber(start), toNumber(start) + toNumber(length)).join(''),
  $indexOfCP: ([value, wanted, start = 0, end]) => {
    if (isNil(value)) return null
    const [text, sought] = [required('$indexOfCP', value, 40093), required('$indexOfCP', wanted, 40094)]
    const points = [...text].slice(0, end === undefined ? undefined : toNumber(end))
    const skipped = points.slice(0, toNumber(start)).join('')
    const found = points.join('').indexOf(sought, skipped.length)
    return found < 0 ? -1 : Array.from(text.slice(0, found)).length
  },
  $split: ([value, delimiter]) => {
    if (isNil(value) || isNil(delimiter)) return null
    if (typeof value !== 'string')
      throw new CommandError(
        40085,
        `$split requires an expression that evaluates to a string as a first argument, found: ${bsonType(value)}`,
      )
    if (typeof delimiter !== 'string')
      throw new CommandError(
        40086,
        `$split requires an expression that evaluates to a string as a second argument, found: ${bsonType(delimiter)}`,
      )
    if (delimiter === '') throw new CommandError(40087, '$split requires a non-empty separator')
    return value.split(delimiter)
  },
}

function coerce(value: Value): string {
  if (isNil(value)) return ''
  if (typeof value === 'string') return value
  if (isNumeric(value) || value instanceof Date) return textOf(value)
  throw new CommandError(16007, `can't convert from BSON type ${bsonType(value)} to String`)
}

function required(name: string, value: Value, code: number): string {
  if (typeof value === 'string') return value
  throw new CommandError(
    code,
    `${name} requires a string argument, found: ${value === undefined ? 'missing' : bsonType(value)}`,
  )
}

function substrBytes(value: string, start: Value, length: Value): string {
  const bytes = Buffer.from(value)
  const [from, count] = [toNumber(start), toNumber(length)]
  if (from < 0) throw new CommandError(50752, `$substrBytes: starting index must be non-negative (got: ${from})`)
  return bytes.subarray(from, count < 0 ? bytes.length : from + count).toString()
}
