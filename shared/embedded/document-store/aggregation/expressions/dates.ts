/*
 * Dates in time zones. Days and longer are counted on the zone's calendar, hours and shorter in elapsed time, so that a change
 * of the clocks neither loses nor doubles a bucket.
 */
import { CommandError } from '../../errors.ts'
import { type Fields, isFields, toNumber, type Value } from '../../values/bson-values.ts'
import { instantOf, namedArguments, wholeArgument, zoneOf } from './date-arguments.ts'
import { isNil, type Operator } from './scope.ts'
import { fromLocal, toLocal } from './time-zones.ts'

const ELAPSED_MS: Record<string, number> = { millisecond: 1, second: 1000, minute: 60_000, hour: 3_600_000 }
const DAY_MS = 86_400_000
const CALENDAR_DAYS: Record<string, number> = { day: 1, week: 7 }
const MONTHS: Record<string, number> = { month: 1, quarter: 3, year: 12 }
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
/** Bins of more than one unit are counted from here: a Saturday. */
const REFERENCE = Date.UTC(2000, 0, 1)
const REFERENCE_WEEKDAY = 6

/** Operators that move between dates. */
export const DATES: Record<string, Operator> = {
  $dateTrunc: named((options) => truncate(options)),
  $dateAdd: named((options) => shift('$dateAdd', options, 1)),
  $dateSubtract: named((options) => shift('$dateSubtract', options, -1)),
  $dateDiff: named((options) => difference(options)),
  $dateFromParts: named((options) => fromParts(options)),
}

function named(compute: (options: Fields) => Value): Operator {
  return (operand, { compile }, name) => {
    const options = compile(namedArguments(name, operand))
    return (scope) => compute(options(scope) as Fields)
  }
}

function truncate(options: Fields): Value {
  const instant = instantOf(options['date'])
  const zone = zoneOf(options)
  const { unit, binSize = 1 } = options
  if (instant === null || zone === null || isNil(unit) || isNil(binSize)) return null
  const size = wholeArgument('$dateTrunc', binSize)
  if (size <= 0) throw new CommandError(5439018, '$dateTrunc requires binSize to be greater than 0')
  const local = toLocal(instant, zone)
  const elapsed = ELAPSED_MS[String(unit)]
  // Going back by what has passed stays right where the clocks were changed in between.
  if (elapsed) return new Date(instant - (local - floorTo(local, REFERENCE, elapsed * size)))
  const days = CALENDAR_DAYS[String(unit)]
  if (days)
    return new Date(
      fromLocal(floorTo(local, unit === 'week' ? weekStart(options) : REFERENCE, days * size * DAY_MS), zone),
    )
  const months = monthsOf('$dateTrunc', unit) * size
  return new Date(fromLocal(Date.UTC(2000, Math.floor(monthIndex(local) / months) * months, 1), zone))
}

function floorTo(local: number, reference: number, size: number): number {
  return reference + Math.floor((local - reference) / size) * size
}

/** The first start of a week on or after the reference. */
function weekStart({ startOfWeek }: Fields): number {
  const wanted = startOfWeek === undefined ? 0 : WEEKDAYS.indexOf(String(startOfWeek).slice(0, 3).toLowerCase())
  if (wanted < 0) throw new CommandError(5439016, `unknown day of week value: ${String(startOfWeek)}`)
  return REFERENCE + ((wanted - REFERENCE_WEEKDAY + 7) % 7) * DAY_MS
}

function monthsOf(name: string, unit: Value): number {
  const months = MONTHS[String(unit)]
  if (months) return months
  throw new CommandError(9, `${name} unknown time unit value: ${String(unit)}`)
}

/** Months since January 2000. */
function monthIndex(local: number): number {
  const date = new Date(local)
  return (date.getUTCFullYear() - 2000) * 12 + date.getUTCMonth()
}

function shift(name: string, options: Fields, sign: number): Value {
  const instant = instantOf(options['startDate'])
  const zone = zoneOf(options)
  const { unit, amount } = options
  if (instant === null || zone === null || isNil(unit) || isNil(amount)) return null
  const count = sign * wholeArgument(name, amount)
  const elapsed = ELAPSED_MS[String(unit)]
  if (elapsed) return new Date(instant + count * elapsed)
  const local = toLocal(instant, zone)
  const days = CALENDAR_DAYS[String(unit)]
  if (days) return new Date(fromLocal(local + count * days * DAY_MS, zone))
  return new Date(fromLocal(addMonths(local, count * monthsOf(name, unit)), zone))
}

/** The same day of another month, or its last where it has none. */
function addMonths(local: number, months: number): number {
  const date = new Date(local)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + months]
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  const day = Math.min(date.getUTCDate(), lastDay)
  const midnight = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate())
  return Date.UTC(year, month, day) + (local - midnight)
}

/** The number of boundaries of the unit between two dates. */
function difference(options: Fields): Value {
  const start = instantOf(options['startDate'])
  const end = instantOf(options['endDate'])
  const zone = zoneOf(options)
  const { unit } = options
  if (start === null || end === null || zone === null || isNil(unit)) return null
  const [from, to] = [toLocal(start, zone), toLocal(end, zone)]
  const elapsed = ELAPSED_MS[String(unit)]
  if (elapsed) return Math.floor(end / elapsed) - Math.floor(start / elapsed)
  const days = CALENDAR_DAYS[String(unit)]
  const index = days
    ? (local: number) => Math.floor((local - (unit === 'week' ? weekStart(options) : REFERENCE)) / (days * DAY_MS))
    : (local: number) => Math.floor(monthIndex(local) / monthsOf('$dateDiff', unit))
  return index(to) - index(from)
}

const PARTS = ['month', 'day', 'hour', 'minute', 'second', 'millisecond']

function fromParts(options: Fields): Value {
  const zone = zoneOf(options)
  if (zone === null || Object.values(options).includes(null)) return null
  if (options['isoWeekYear'] !== undefined) return new Date(fromLocal(fromIsoParts(options), zone))
  if (options['year'] === undefined)
    throw new CommandError(40516, "$dateFromParts requires either 'year' or 'isoWeekYear' to be present")
  const [month = 1, day = 1, hour = 0, minute = 0, second = 0, millisecond = 0] = PARTS.map((part) =>
    partOf(options, part),
  )
  const date = new Date(0)
  // Not Date.UTC, which takes the years below 100 for those of the last century.
  date.setUTCFullYear(toNumber(options['year']), month - 1, day)
  date.setUTCHours(hour, minute, second, millisecond)
  return new Date(fromLocal(date.getTime(), zone))
}

function fromIsoParts(options: Fields): number {
  const fourth = new Date(Date.UTC(toNumber(options['isoWeekYear']), 0, 4))
  const monday = fourth.getTime() - ((fourth.getUTCDay() + 6) % 7) * DAY_MS
  const week = partOf(options, 'isoWeek') ?? 1
  const day = partOf(options, 'isoDayOfWeek') ?? 1
  const [hour = 0, minute = 0, second = 0, millisecond = 0] = PARTS.slice(2).map((part) => partOf(options, part))
  return monday + ((week - 1) * 7 + day - 1) * DAY_MS + hour * 3_600_000 + minute * 60_000 + second * 1000 + millisecond
}

function partOf(options: Fields, name: string): number | undefined {
  return options[name] === undefined ? undefined : wholeArgument('$dateFromParts', options[name])
}

/** Whether an operand names its arguments rather than being one. */
export function hasDateArgument(operand: Value): operand is Fields {
  return isFields(operand) && Object.hasOwn(operand, 'date')
}
