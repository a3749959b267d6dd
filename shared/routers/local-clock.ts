export const MINUTES_A_DAY = 1_440
const DAYS_A_WEEK = 7
/** Zones are apart, and change, by whole quarters of an hour since 1972. */
const SLOT_MS = 900_000
const MINUTE_MS = 60_000
/** The range of a date: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const FURTHEST_MS = 8.64e15
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

export interface LocalClock {
  /** @returns minutes since Monday 00:00 by the clocks of the place; null: no such time */
  minuteOfWeek(nowMs: number): number | null
}

/**
 * The clocks of an IANA time zone. A quarter of an hour is looked up once, because formatting a date takes microseconds.
 *
 * @throws RangeError when there is no such zone
 */
export function createLocalClock(timeZone: string): LocalClock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  let slot = Number.NaN
  let minuteAtSlot = 0
  return {
    minuteOfWeek(nowMs) {
      if (!(Math.abs(nowMs) <= FURTHEST_MS - SLOT_MS)) return null
      const asked = Math.floor(nowMs / SLOT_MS)
      if (asked !== slot) {
        minuteAtSlot = readMinute(format, asked * SLOT_MS)
        slot = asked
      }
      const minute = minuteAtSlot + Math.floor((nowMs - slot * SLOT_MS) / MINUTE_MS)
      return minute % (DAYS_A_WEEK * MINUTES_A_DAY)
    },
  }
}

function readMinute(format: Intl.DateTimeFormat, timeMs: number): number {
  let minute = 0
  for (const { type, value } of format.formatToParts(timeMs)) {
    if (type === 'weekday') minute += WEEKDAYS.indexOf(value) * MINUTES_A_DAY
    else if (type === 'hour') minute += Number(value) * 60
    else if (type === 'minute') minute += Number(value)
  }
  return minute
}

export interface ClockWindow {
  /** `HH:MM`. */
  readonly from: string
  /** `HH:MM`, not included; before `from`: on the day after. */
  readonly to: string
  /** On which it begins: 0 is Monday. */
  readonly days: ReadonlySet<number>
}

/** @param minuteOfWeek as a local clock gives it */
export function isWithin({ from, to, days }: ClockWindow, minuteOfWeek: number): boolean {
  const day = Math.floor(minuteOfWeek / MINUTES_A_DAY)
  const minute = minuteOfWeek % MINUTES_A_DAY
  const first = minuteOf(from)
  const end = minuteOf(to)
  if (first < end) return days.has(day) && minute >= first && minute < end
  const dayBefore = (day + DAYS_A_WEEK - 1) % DAYS_A_WEEK
  return (days.has(day) && minute >= first) || (days.has(dayBefore) && minute < end)
}

function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
}
