import { calcPrice, findProvider } from '@pydantic/genai-prices'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { datedPrices } from '../../control-plane/modules/catalog/dated-prices.ts'
import { scheduleAt } from '../../control-plane/modules/catalog/price-timeline.ts'
import { NO_USAGE, totalInputTokens, totalOutputTokens, type Usage } from '../../shared/llm/usage.ts'
import { NANODOLLARS_PER_DOLLAR } from '../../shared/money/nanodollars.ts'
import { plainRates, priceUsage, priceWorstCase, type TokenRates } from '../../shared/money/price.ts'
import { overlayPrices, priceAt, priceWorstCaseEver, type PriceSchedule } from '../../shared/money/price-schedule.ts'
import { priceSchema } from '../../shared/snapshot/price-schema.ts'
import { listPriceAt } from '../helpers/hosted-models.ts'

const HOUR_MS = 3_600_000
const numbers = (version: string, input: number) => ({
  version,
  rates: plainRates(input, 2 * input),
  tiers: [],
  perRequestNanodollars: 0,
})
const NEW_YEAR = Date.parse('2027-01-01T00:00:00Z')

test('a price with a date holds from its millisecond on, and the one before it until then', () => {
  const schedule = { ...numbers('old', 1_000_000), later: [{ ...numbers('new', 2_000_000), effectiveFrom: NEW_YEAR }] }
  expect(priceAt(schedule, NEW_YEAR - 1).version).toBe('old')
  expect(priceAt(schedule, NEW_YEAR).version).toBe('new')
  const usage = { ...NO_USAGE, uncachedInputTokens: 1_000_000 }
  expect(priceUsage(usage, priceAt(schedule, NEW_YEAR - 1))).toBe(1_000_000)
  expect(priceUsage(usage, priceAt(schedule, NEW_YEAR))).toBe(2_000_000)
})

test('a time of the day holds from its millisecond on, to before its end, also past midnight', () => {
  const night = { ...numbers('night', 1), fromMs: 16.5 * HOUR_MS, toMs: 0.5 * HOUR_MS }
  const schedule = { ...numbers('day', 2), daily: [night] }
  const versionAt = (time: string) => priceAt(schedule, Date.parse(`2026-11-22T${time}Z`)).version
  expect(['16:29:59.999', '16:30:00.000', '23:59:59.999'].map(versionAt)).toEqual(['day', 'night', 'night'])
  expect(['00:00:00.000', '00:29:59.999', '00:30:00.000'].map(versionAt)).toEqual(['night', 'night', 'day'])
})

test('a price that comes later has its own times of the day', () => {
  const noon = { ...numbers('noon', 3), fromMs: 12 * HOUR_MS, toMs: 13 * HOUR_MS }
  const schedule = { ...numbers('old', 1), later: [{ ...numbers('new', 2), daily: [noon], effectiveFrom: NEW_YEAR }] }
  expect(priceAt(schedule, NEW_YEAR - 12 * HOUR_MS).version).toBe('old')
  expect(priceAt(schedule, NEW_YEAR + 12 * HOUR_MS).version).toBe('noon')
})

test('where nothing changes with time the schedule is the price, and nothing is made for a call', () => {
  const schedule = numbers('always', 1)
  expect(priceAt(schedule, NEW_YEAR)).toBe(schedule)
})

test('times and dates survive the snapshot', () => {
  const daily = [{ ...numbers('night', 1), fromMs: 0, toMs: HOUR_MS }]
  const schedule = { ...numbers('old', 1), daily, later: [{ ...numbers('new', 2), effectiveFrom: NEW_YEAR }] }
  expect(priceSchema.parse(JSON.parse(JSON.stringify(schedule)))).toEqual(schedule)
})

test('other prices hold from their date on; without a known price before it they hold at once', () => {
  const base = { ...numbers('list', 1), later: [{ ...numbers('list-2', 2), effectiveFrom: NEW_YEAR }] }
  const own = [{ ...numbers('own', 5), effectiveFrom: NEW_YEAR - HOUR_MS }]
  const overlaid = overlayPrices(base, own)
  const versionsOf = (schedule: PriceSchedule | null) =>
    [NEW_YEAR - HOUR_MS - 1, NEW_YEAR - HOUR_MS, NEW_YEAR].map((at) => schedule && priceAt(schedule, at).version)
  expect(versionsOf(overlaid)).toEqual(['list', 'own', 'own'])
  expect(versionsOf(overlayPrices(null, own))).toEqual(['own', 'own', 'own'])
  expect(overlayPrices(base, [])).toBe(base)
})

const count = fc.integer({ min: 0, max: 2_000_000 })
const usages = fc.record({
  uncachedInputTokens: count,
  cacheReadTokens: count,
  cacheWriteTokens: count,
  cacheWrite1hTokens: count,
  inputAudioTokens: count,
  inputImageTokens: count,
  outputTokens: count,
  reasoningTokens: fc.constant(0),
  outputAudioTokens: count,
  outputImageTokens: count,
  webSearches: fc.constant(0),
  estimated: fc.boolean(),
}) satisfies fc.Arbitrary<Usage>

const rate = fc.integer({ min: 0, max: 200_000_000_000 })
const rates = fc.record({
  input: rate,
  cacheRead: rate,
  cacheWrite: rate,
  cacheWrite1h: rate,
  inputAudio: rate,
  inputImage: rate,
  output: rate,
  outputAudio: rate,
  outputImage: rate,
  webSearch: fc.constant(null),
}) satisfies fc.Arbitrary<TokenRates>
const prices = fc.record({
  version: fc.constant('any'),
  rates,
  tiers: fc
    .uniqueArray(fc.integer({ min: 0, max: 4_000_000 }), { maxLength: 3 })
    .chain((starts) =>
      fc.tuple(
        ...starts.toSorted((a, b) => a - b).map((start) => rates.map((each) => ({ aboveInputTokens: start, ...each }))),
      ),
    ),
  perRequestNanodollars: fc.integer({ min: 0, max: 1e9 }),
})
const timeOfDay = fc.integer({ min: 0, max: 86_399_999 })
const allDay = fc
  .tuple(prices, fc.array(fc.tuple(prices, timeOfDay, timeOfDay), { maxLength: 3 }))
  .map(([price, daily]) => ({ ...price, daily: daily.map(([each, fromMs, toMs]) => ({ ...each, fromMs, toMs })) }))
const schedules = fc
  .tuple(allDay, fc.array(fc.tuple(allDay, fc.integer({ min: 0, max: 4e12 })), { maxLength: 3 }))
  .map(([price, later]): PriceSchedule => ({
    ...price,
    later: later
      .map(([each, effectiveFrom]) => ({ ...each, effectiveFrom }))
      .toSorted((left, right) => left.effectiveFrom - right.effectiveFrom),
  }))

test('no call costs more than what was held for it, whenever it began, and however much less it used', () => {
  fc.assert(
    fc.property(usages, schedules, fc.integer({ min: 0, max: 4e12 }), count, (usage, schedule, startedAt, spare) => {
      const input = totalInputTokens(usage) + spare
      const output = totalOutputTokens(usage) + spare
      const price = priceAt(schedule, startedAt)
      const held = priceWorstCase(input, output, price) ?? -1
      expect(held).toBeGreaterThanOrEqual(priceUsage(usage, price) ?? Infinity)
      expect(priceWorstCaseEver(input, output, schedule)).toBeGreaterThanOrEqual(held)
    }),
    { numRuns: 300 },
  )
})

test('the worst case is not known where one of the prices that may hold is not', () => {
  const unknown = { version: 'unknown', rates: plainRates(null, null), tiers: [], perRequestNanodollars: 0 }
  const schedule = { ...numbers('old', 1), later: [{ ...unknown, effectiveFrom: NEW_YEAR }] }
  expect(priceWorstCaseEver(1, 1, schedule)).toBeNull()
  expect(priceWorstCaseEver(1, 1, numbers('old', 1))).not.toBeNull()
})

/** Every provider that the list has, whether a gateway serves it or not: dates and times of the day are at few. */
const PROVIDERS = ['anthropic', 'aws', 'azure', 'deepseek', 'google', 'mistral', 'openai', 'openrouter', 'x-ai']
const TIMES = [
  '2025-06-09T23:59:59.999Z',
  '2025-06-10T00:00:00Z',
  '2026-08-16T12:00:00Z',
  '2026-11-22T00:29:59.999Z',
  '2026-11-22T00:30:00Z',
  '2026-11-22T03:59:59.999Z',
  '2026-11-22T04:00:00Z',
  '2026-11-22T16:30:00Z',
  '2026-12-31T23:59:59.999Z',
  '2027-01-01T00:00:00Z',
].map((text) => new Date(text))

const timed = PROVIDERS.flatMap((providerId) =>
  (findProvider({ providerId })?.models ?? [])
    .filter(({ prices: listed }) => Array.isArray(listed))
    .flatMap((info) => TIMES.map((at) => ({ providerId, info, at }))),
)

test('every price with a date or a time of the day costs what the list itself says, at every time', () => {
  const asked = { input_tokens: 310_000, cache_read_tokens: 3_000, output_tokens: 977 }
  const usage = { ...NO_USAGE, uncachedInputTokens: 307_000, cacheReadTokens: 3_000, outputTokens: 977 }
  let compared = 0
  for (const { providerId, info, at } of timed) {
    const price = listPriceAt(info, { version: 'list@1', at })
    // Two entries of one name: the list itself finds the first.
    const found = calcPrice({ input_tokens: 0 }, info.id, { providerId, timestamp: at })
    if (price === null || price.rates.output === null || found?.model !== info) continue
    const dollars = calcPrice(asked, info.id, { providerId, timestamp: at })?.total_price ?? Number.NaN
    const expected = Math.round(dollars * NANODOLLARS_PER_DOLLAR)
    expect(priceUsage(usage, price), `${providerId}:${info.id} at ${at.toISOString()}`).toBe(expected)
    compared += 1
  }
  expect(compared).toBeGreaterThan(100)
})

test('a model that is cheaper at night says so: the version names the time', () => {
  const info = findProvider({ providerId: 'deepseek' })?.models.find(({ id }) => id === 'deepseek-chat')
  if (!info) throw new Error('the list has no deepseek-chat')
  const schedule = scheduleAt(datedPrices(info, 'list@1'), NEW_YEAR)
  expect(schedule).toMatchObject({ version: 'list@1', rates: { input: 135_000_000 } })
  expect(schedule?.daily).toMatchObject([
    { version: 'list@1/00:30:00Z-16:30:00Z', rates: { input: 270_000_000 }, fromMs: 1_800_000, toMs: 59_400_000 },
  ])
})
