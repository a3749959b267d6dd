import { CommandError } from '../../errors.ts'

const MINUTE_MS = 60_000
const FIXED = /^([+-])(\d{2}):?(\d{2})?$/
const formatters = new Map<string, Intl.DateTimeFormat>()

/** The instant's clock time in a zone, as if it were UTC, so that UTC getters read the zone's fields. */
export function toLocal(instant: number, zone: string | undefined): number {
  return instant + offsetAt(instant, zone)
}

/** The instant at which a zone's clocks show a time. */
export function fromLocal(local: number, zone: string | undefined): number {
  const guess = local - offsetAt(local, zone)
  // The first guess may have been on the other side of a change of the clocks.
  return local - offsetAt(guess, zone)
}

/** How far a zone is ahead of UTC at an instant, in milliseconds. */
export function offsetAt(instant: number, zone: string | undefined): number {
  if (zone === undefined || zone === 'UTC' || zone === 'GMT' || zone === 'Z') return 0
  const fixed = FIXED.exec(zone)
  if (fixed) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3] ?? 0)
    return (fixed[1] === '-' ? -minutes : minutes) * MINUTE_MS
  }
  const parts = Object.fromEntries(
    formatterOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  const shown = Date.UTC(year, month - 1, day, hour, minute, second)
  return shown - Math.floor(instant / 1000) * 1000
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone)
  if (known) return known
  const made = makeFormatter(zone)
  formatters.set(zone, made)
  return made
}

function makeFormatter(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-u-hc-h23', {
      timeZone,
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    throw new CommandError(40485, `unrecognized time zone identifier: "${timeZone}"`)
  }
}
