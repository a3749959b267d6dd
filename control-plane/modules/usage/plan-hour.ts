import { DAY_MS, slotsIn, windowOf } from './usage-slots.ts'

/** An hour with more calls is put together from its minutes, so that a call more does not have all of them read again. */
export const BUSY_HOUR_CALLS = 1_000
/** For each call that a slot has, so that reading again costs a bounded share of what serving does; and at most. */
const PAUSE_PER_CALL_MS = 3
const LONGEST_PAUSE_MS = 60_000
/** Of an hour this old the minutes may be gone; see `MINUTES_KEPT_MS`. */
const OLD_MS = 3 * DAY_MS
/** Far longer than that, so that no two clocks disagree on whether they are there. */
export const MINUTES_KEPT_MS = 7 * DAY_MS

/** When a slot was rolled up last, and with how many calls. */
export interface RolledSlot {
  readonly rolledAt: number
  readonly calls: number
  /** Of an hour: whether each of its minutes is there as a rollup of its own. */
  readonly fromMinutes: boolean
}

export interface HourState {
  readonly hour: number
  /** The beginnings of its minutes that are marked. */
  readonly dirty: readonly number[]
  /** Null: the hour has no rollup yet. */
  readonly rolled: RolledSlot | null
  readonly rolledMinutes: ReadonlyMap<number, RolledSlot>
  /** How many calls the database has in it, or had when it was known as busy. */
  readonly calls: number
  readonly now: number
}

export type HourPlan =
  /** It was rolled up a moment ago. */
  | { readonly type: 'wait' }
  /** All of its calls are read. */
  | { readonly type: 'whole' }
  /** The calls of these minutes are read, and the hour is merged from all of its minutes. */
  | { readonly type: 'minutes'; readonly minutes: readonly number[] }

/** What to read again of an hour with marked minutes. */
export function planHour({ hour, dirty, rolled, rolledMinutes, calls, now }: HourState): HourPlan {
  const isOld = hour < now - OLD_MS
  if (!isOld && rolled?.fromMinutes) {
    const minutes = dirty.filter((minute) => !isTooSoon(rolledMinutes.get(minute) ?? null, now))
    return minutes.length > 0 ? { type: 'minutes', minutes } : { type: 'wait' }
  }
  if (isTooSoon(rolled, now)) return { type: 'wait' }
  if (isOld || calls <= BUSY_HOUR_CALLS) return { type: 'whole' }
  return { type: 'minutes', minutes: slotsIn('minute', windowOf('hour', hour)) }
}

function isTooSoon(rolled: RolledSlot | null, now: number): boolean {
  if (!rolled) return false
  return now < rolled.rolledAt + Math.min(LONGEST_PAUSE_MS, rolled.calls * PAUSE_PER_CALL_MS)
}
