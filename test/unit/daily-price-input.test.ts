import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDailyPrices } from '../../control-plane/modules/prices/read-price-input.ts'
import { priceAt } from '../../shared/money/price-schedule.ts'
import { plainRates } from '../../shared/money/price.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const daily = (from: string, to: string, inputUsdPerMillion = 1) => ({ from, to, price: { inputUsdPerMillion } })
const faultOf = (...given: ReturnType<typeof daily>[]): string => {
  try {
    readDailyPrices(given)
    return 'none'
  } catch (error) {
    return `${Reflect.get(error as object, 'code')}: ${(error as Error).message}`
  }
}

test('times of the day are read to the second, of every zone, in their order of the day', () => {
  const read = readDailyPrices([daily('16:30:00Z', '00:30:00Z', 3), daily('10:00:00+02:00', '09:15:30Z', 2)])
  expect(read).toMatchObject([
    { fromMs: 8 * HOUR_MS, toMs: 9.25 * HOUR_MS + 30_000, rates: { input: 2e9, cacheRead: 2e9, output: null } },
    { fromMs: 16.5 * HOUR_MS, toMs: 0.5 * HOUR_MS, rates: { input: 3e9 }, tiers: [], perRequestNanodollars: 0 },
  ])
})

describe('each time begins and ends, and no two hold at once', () => {
  test.each([
    [[daily('16:30', '17:00:00Z')], 'invalid_input: daily[0].from must be a time like 16:30:00Z.'],
    [[daily('16:30:00Z', 'noon')], 'invalid_input: daily[0].to must be a time like 16:30:00Z.'],
    [[daily('16:30:00.5Z', '17:00:00Z')], 'invalid_input: daily[0].from must be a time like 16:30:00Z.'],
    [[daily('24:00:00Z', '01:00:00Z')], 'invalid_input: daily[0].from must be a time like 16:30:00Z.'],
    [[daily('08:00:00Z', '08:00:00Z')], 'invalid_input: daily[0] must end at another time than it begins.'],
    [
      [daily('08:00:00Z', '10:00:00Z'), daily('09:59:59Z', '12:00:00Z')],
      'invalid_input: daily[1] must not overlap with daily[0].',
    ],
    [
      [daily('00:00:00Z', '01:00:00Z'), daily('22:00:00Z', '00:00:01Z')],
      'invalid_input: daily[1] must not overlap with daily[0].',
    ],
    [
      [daily('22:00:00Z', '03:00:00Z'), daily('23:00:00Z', '02:00:00Z')],
      'invalid_input: daily[1] must not overlap with daily[0].',
    ],
  ])('%j', (given, fault) => {
    expect(faultOf(...given)).toBe(fault)
  })

  test('what ends where another begins does not overlap with it, at midnight neither', () => {
    expect(faultOf(daily('22:00:00Z', '00:00:00Z'), daily('00:00:00Z', '08:00:00Z'))).toBe('none')
    expect(faultOf(daily('22:00:00Z', '01:00:00Z'), daily('01:00:00Z', '22:00:00Z'))).toBe('none')
  })
})

test('what is taken holds at most once at every time of the day, and what is refused holds twice at one', () => {
  const hour = fc.integer({ min: 0, max: 23 })
  const time = (of: number): string => `${String(of).padStart(2, '0')}:00:00Z`
  const holds = (from: number, to: number, at: number): boolean =>
    from < to ? at >= from && at < to : at >= from || at < to
  const base = { version: 'base', rates: plainRates(1, 1), tiers: [], perRequestNanodollars: 0 }
  fc.assert(
    fc.property(fc.array(fc.tuple(hour, hour), { maxLength: 4 }), (all) => {
      const given = all.filter(([from, to]) => from !== to)
      const counts = Array.from({ length: 24 }, (_none, at) => given.filter(([from, to]) => holds(from, to, at)).length)
      const fault = faultOf(...given.map(([from, to]) => daily(time(from), time(to))))
      expect(fault === 'none').toBe(counts.every((count) => count <= 1))
      if (fault !== 'none') return
      const read = readDailyPrices(given.map(([from, to], place) => daily(time(from), time(to), place)))
      const schedule = { ...base, daily: read.map((each) => ({ ...each, version: String(each.rates.input) })) }
      for (const [at] of counts.entries()) {
        const place = given.findIndex(([from, to]) => holds(from, to, at))
        expect(priceAt(schedule, 20_000 * DAY_MS + at * HOUR_MS).version).toBe(place < 0 ? 'base' : String(place * 1e9))
      }
    }),
  )
})
