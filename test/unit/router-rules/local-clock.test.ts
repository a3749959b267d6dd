import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLocalClock, isWithin } from '../../../shared/routers/local-clock.ts'

const ZONES = [
  'UTC',
  'Europe/Warsaw',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'Pacific/Apia',
]
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

test.each(ZONES)('the clocks of %s are those that Intl shows, also while they change', (timeZone) => {
  const clock = createLocalClock(timeZone)
  const shown = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'long',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const near = fc.integer({ min: -7_200_000, max: 7_200_000 })
  // The changes of Warsaw, New York and Lord Howe in 2026.
  const change = fc.constantFrom(
    1_774_746_000_000,
    1_793_494_800_000,
    1_772_953_200_000,
    1_793_512_800_000,
    1_775_314_800_000,
    1_791_041_400_000,
  )
  const time = fc.oneof(
    fc.integer({ min: 63_072_000_000, max: 2e12 }),
    fc.tuple(change, near).map(([at, away]) => at + away),
  )
  fc.assert(
    fc.property(time, (nowMs) => {
      const minute = clock.minuteOfWeek(nowMs) ?? Number.NaN
      const day = DAYS[Math.floor(minute / 1_440)] ?? ''
      const two = (number: number): string => String(number).padStart(2, '0')
      const seen = shown.format(nowMs)
      expect(seen).toContain(day)
      expect(seen).toContain(`${two(Math.floor((minute % 1_440) / 60))}:${two(minute % 60)}`)
    }),
    { numRuns: 200 },
  )
})

test('a time that no date has is no minute', () => {
  const clock = createLocalClock('UTC')
  expect([Number.NaN, Infinity, -9e15].map((time) => clock.minuteOfWeek(time))).toEqual([null, null, null])
})

test('an unknown zone is refused', () => {
  expect(() => createLocalClock('Europe/Atlantis')).toThrow(RangeError)
})

const at = (day: number, time: string): number => day * 1_440 + Number(time.slice(0, 2)) * 60 + Number(time.slice(3))

test('a window holds its beginning and not its end', () => {
  const window = { from: '09:00', to: '17:30', days: new Set([0]) }
  expect(['08:59', '09:00', '17:29', '17:30'].map((time) => isWithin(window, at(0, time)))).toEqual([
    false,
    true,
    true,
    false,
  ])
  expect(isWithin(window, at(1, '12:00'))).toBe(false)
})

test('a window over midnight belongs to the day on which it begins, also from Sunday to Monday', () => {
  const window = { from: '22:00', to: '06:00', days: new Set([6]) }
  expect(isWithin(window, at(6, '22:00'))).toBe(true)
  expect(isWithin(window, at(0, '05:59'))).toBe(true)
  expect(isWithin(window, at(0, '06:00'))).toBe(false)
  expect(isWithin(window, at(6, '05:59'))).toBe(false)
  expect(isWithin(window, at(0, '22:00'))).toBe(false)
})

test('00:00 to 24:00 is the whole day', () => {
  const window = { from: '00:00', to: '24:00', days: new Set([2]) }
  expect(isWithin(window, at(2, '00:00'))).toBe(true)
  expect(isWithin(window, at(2, '23:59'))).toBe(true)
  expect(isWithin(window, at(3, '00:00'))).toBe(false)
})
