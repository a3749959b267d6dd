import { CommandError } from '../../errors.ts'
import type { Fields, Value } from '../../values/bson-values.ts'
import { instantOf, namedArguments, zoneOf } from './date-arguments.ts'
import { DATES, hasDateArgument } from './dates.ts'
import type { Evaluate, Operator } from './scope.ts'
import { offsetAt, toLocal } from './time-zones.ts'

const DAY_MS = 86_400_000

/** What a zone's calendar and clock show; each from a date whose UTC fields are the zone's. */
const PARTS: Record<string, (local: Date) => number> = {
  $year: (local) => local.getUTCFullYear(),
  $month: (local) => local.getUTCMonth() + 1,
  $dayOfMonth: (local) => local.getUTCDate(),
  $hour: (local) => local.getUTCHours(),
  $minute: (local) => local.getUTCMinutes(),
  $second: (local) => local.getUTCSeconds(),
  $millisecond: (local) => local.getUTCMilliseconds(),
  $dayOfYear: (local) => Math.floor((local.getTime() - Date.UTC(local.getUTCFullYear(), 0, 1)) / DAY_MS) + 1,
  $dayOfWeek: (local) => local.getUTCDay() + 1,
  $isoDayOfWeek: (local) => ((local.getUTCDay() + 6) % 7) + 1,
  $week: (local) => Math.floor((dayOfYear(local) + 6 - local.getUTCDay()) / 7),
  $isoWeek: (local) => isoWeek(local).week,
  $isoWeekYear: (local) => isoWeek(local).year,
}

/** Every operator over dates, those that move between them included. */
export const DATE_FORMS: Record<string, Operator> = {
  ...DATES,
  ...Object.fromEntries(Object.entries(PARTS).map(([name, read]) => [name, partReader(read)])),
  $dateToParts: (operand, { compile }, name) => {
    const options = compile(namedArguments(name, operand))
    return (scope) => toParts(options(scope) as Fields)
  },
  $dateToString: (operand, { compile }, name) => {
    const options = compile(namedArguments(name, operand))
    return (scope) => toText(options(scope) as Fields)
  },
}

function partReader(read: (local: Date) => number): Operator {
  return (operand, { compile }) => {
    const options = optionsOf(operand, compile)
    return (scope) => {
      const given = options(scope) as Fields
      const instant = instantOf(given['date'])
      const zone = zoneOf(given)
      return instant === null || zone === null ? null : read(new Date(toLocal(instant, zone)))
    }
  }
}

/** `{ $year: '$at' }` and `{ $year: { date: '$at', timezone: … } }` are the same thing said in two ways. */
function optionsOf(operand: Value, compile: (expression: Value) => Evaluate): Evaluate {
  if (hasDateArgument(operand)) return compile(operand)
  const only = compile(Array.isArray(operand) ? operand[0] : operand)
  return (scope) => ({ date: only(scope) })
}

function dayOfYear(local: Date): number {
  return Math.floor((local.getTime() - Date.UTC(local.getUTCFullYear(), 0, 1)) / DAY_MS) + 1
}

/** The week of the year that holds its Thursday. */
function isoWeek(local: Date): { year: number; week: number } {
  const thursday = new Date(local.getTime() + (3 - ((local.getUTCDay() + 6) % 7)) * DAY_MS)
  return { year: thursday.getUTCFullYear(), week: Math.floor((dayOfYear(thursday) - 1) / 7) + 1 }
}

function toParts(options: Fields): Value {
  const instant = instantOf(options['date'])
  const zone = zoneOf(options)
  if (instant === null || zone === null) return null
  const local = new Date(toLocal(instant, zone))
  const iso = options['iso8601'] === true
  const names = iso ? ['isoWeekYear', 'isoWeek', 'isoDayOfWeek'] : ['year', 'month', 'day']
  const parts = [...names, 'hour', 'minute', 'second', 'millisecond']
  return Object.fromEntries(parts.map((part) => [part, PARTS[part === 'day' ? '$dayOfMonth' : `$${part}`]?.(local)]))
}

function toText(options: Fields): Value {
  const instant = instantOf(options['date'])
  if (instant === null) return options['onNull'] ?? null
  const zone = zoneOf(options)
  if (zone === null) return null
  const isUtc = offsetAt(instant, zone) === 0
  const format = options['format'] ?? (isUtc ? '%Y-%m-%dT%H:%M:%S.%LZ' : '%Y-%m-%dT%H:%M:%S.%L')
  if (typeof format !== 'string') throw new CommandError(18533, "$dateToString requires that 'format' be a string")
  const local = new Date(toLocal(instant, zone))
  const offset = offsetAt(instant, zone) / 60_000
  return format.replace(/%(.)/g, (_, letter: string) => formatPart(letter, local, offset))
}

const NUMBERS: Record<string, [part: string, width: number]> = {
  Y: ['$year', 4],
  m: ['$month', 2],
  d: ['$dayOfMonth', 2],
  H: ['$hour', 2],
  M: ['$minute', 2],
  S: ['$second', 2],
  L: ['$millisecond', 3],
  j: ['$dayOfYear', 3],
  w: ['$dayOfWeek', 1],
  u: ['$isoDayOfWeek', 1],
  U: ['$week', 2],
  V: ['$isoWeek', 2],
  G: ['$isoWeekYear', 4],
}

function formatPart(letter: string, local: Date, offset: number): string {
  const number = NUMBERS[letter]
  if (number) return String(PARTS[number[0]]?.(local)).padStart(number[1], '0')
  switch (letter) {
    case '%':
      return '%'
    case 'B':
    case 'b':
      return new Intl.DateTimeFormat('en', { month: letter === 'B' ? 'long' : 'short', timeZone: 'UTC' }).format(local)
    case 'Z':
      return String(offset)
    case 'z': {
      const minutes = Math.abs(offset)
      return `${offset < 0 ? '-' : '+'}${String(Math.floor(minutes / 60)).padStart(2, '0')}${String(minutes % 60).padStart(2, '0')}`
    }
    default:
      throw new CommandError(18536, `Invalid format character '%${letter}' in format string`)
  }
}
