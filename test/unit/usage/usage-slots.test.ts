import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BUSY_HOUR_CALLS, planHour, type HourState } from '../../../control-plane/modules/usage/plan-hour.ts'
import {
  DAY_MS,
  HOUR_MS,
  LEVEL_MS,
  MINUTE_MS,
  periodStart,
  planReads,
  slotsIn,
  splitWindow,
  widenToHours,
  windowOf,
} from '../../../control-plane/modules/usage/usage-slots.ts'

const MIDNIGHT = Date.UTC(2026, 1, 28)

test('a range is widened to the whole hours that it touches', () => {
  expect(widenToHours({ from: MIDNIGHT + 1, to: MIDNIGHT + HOUR_MS + 1 })).toEqual({
    from: MIDNIGHT,
    to: MIDNIGHT + 2 * HOUR_MS,
  })
  const whole = { from: MIDNIGHT, to: MIDNIGHT + HOUR_MS }
  expect(widenToHours(whole)).toEqual(whole)
})

test('what is read for a range covers each of its hours once, with days wherever whole ones will do', () => {
  const hours = fc.integer({ min: 0, max: 24 * 40 })
  fc.assert(
    fc.property(hours, hours, fc.constantFrom('hour', 'day', 'month', null), (first, length, period) => {
      const window = { from: MIDNIGHT + first * HOUR_MS, to: MIDNIGHT + (first + length + 1) * HOUR_MS }
      const reads = planReads(window, period)
      const covered = reads.flatMap(({ level, from, to }) =>
        slotsIn(level, { from, to }).flatMap((slot) => slotsIn('hour', { from: slot, to: slot + LEVEL_MS[level] })),
      )
      expect(covered).toEqual(slotsIn('hour', window))
      const hoursRead = reads.filter(({ level }) => level === 'hour').flatMap((each) => slotsIn('hour', each))
      expect(hoursRead.length).toBeLessThan(period === 'hour' ? Infinity : 48)
      expect(reads.every(({ level, from }) => from % LEVEL_MS[level] === 0)).toBe(true)
    }),
  )
})

test('pieces of a window cover it without a gap', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: HOUR_MS }), fc.integer({ min: 0, max: 1e6 }), (length, calls) => {
      const window = { from: MIDNIGHT, to: MIDNIGHT + length }
      const pieces = splitWindow(window, calls, 4_000)
      expect(pieces[0]?.from).toBe(window.from)
      expect(pieces.at(-1)?.to).toBe(window.to)
      for (const [place, { from, to }] of pieces.entries()) {
        expect(to).toBeGreaterThan(from)
        expect(from).toBe(place === 0 ? window.from : pieces[place - 1]?.to)
      }
    }),
  )
})

test('days and months begin by UTC', () => {
  const late = MIDNIGHT + DAY_MS - 1
  expect(periodStart('day', late)).toBe(MIDNIGHT)
  expect(periodStart('month', late)).toBe(Date.UTC(2026, 1, 1))
  expect(periodStart('month', late + 1)).toBe(Date.UTC(2026, 2, 1))
  expect(periodStart('hour', late)).toBe(late + 1 - HOUR_MS)
  expect(periodStart(null, late)).toBeNull()
})

describe('of an hour with marked minutes', () => {
  const minute = MIDNIGHT + 7 * MINUTE_MS
  const rolled = { rolledAt: MIDNIGHT + HOUR_MS, calls: 1_000, fromMinutes: false }
  const state = (fields: Partial<HourState> = {}): HourState => ({
    hour: MIDNIGHT,
    dirty: [minute],
    rolled: null,
    rolledMinutes: new Map(),
    calls: 10,
    now: MIDNIGHT + 2 * HOUR_MS,
    ...fields,
  })

  test('all is read where there are few calls', () => {
    expect(planHour(state())).toEqual({ type: 'whole' })
    expect(planHour(state({ rolled }))).toEqual({ type: 'whole' })
  })

  test('every minute is read once when it is found to be busy, and then the marked ones alone', () => {
    const busy = state({ calls: BUSY_HOUR_CALLS + 1 })
    expect(planHour(busy)).toEqual({ type: 'minutes', minutes: slotsIn('minute', windowOf('hour', MIDNIGHT)) })
    const known = { ...rolled, fromMinutes: true }
    expect(planHour({ ...busy, rolled: known })).toEqual({ type: 'minutes', minutes: [minute] })
  })

  test('all is read where it is so old that its minutes may be gone', () => {
    const known = { ...rolled, fromMinutes: true }
    const later = MIDNIGHT + 4 * DAY_MS
    expect(planHour(state({ rolled: known, calls: 1e6, now: later }))).toEqual({ type: 'whole' })
  })

  test('the pause before the next look grows with the number of calls, up to a minute', () => {
    const at = (calls: number, afterMs: number) =>
      planHour(state({ rolled: { ...rolled, calls }, now: rolled.rolledAt + afterMs })).type
    expect(at(100, 299)).toBe('wait')
    expect(at(100, 300)).toBe('whole')
    expect(at(1e9, 59_999)).toBe('wait')
    expect(at(1e9, 60_000)).toBe('whole')
  })

  test('a minute that was read a moment ago waits, and keeps no other waiting', () => {
    const other = minute + MINUTE_MS
    const now = rolled.rolledAt + 10
    const known = { ...rolled, fromMinutes: true }
    const rolledMinutes = new Map([[minute, rolled]])
    const plan = (dirty: number[]) => planHour(state({ rolled: known, rolledMinutes, dirty, now }))
    expect(plan([minute, other])).toEqual({ type: 'minutes', minutes: [other] })
    expect(plan([minute])).toEqual({ type: 'wait' })
  })
})
