import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NO_USAGE, totalInputTokens, type Usage } from '../../shared/llm/usage.ts'
import { fromDollars, nanodollars, scaleByMillionths, toDollars } from '../../shared/money/nanodollars.ts'
import { priceUsage, priceWorstCase, type Price } from '../../shared/money/price.ts'

const PRICE: Price = {
  version: 'test',
  rates: {
    input: 3_000_000_000,
    cacheRead: 300_000_000,
    cacheWrite: 3_750_000_000,
    cacheWrite1h: 6_000_000_000,
    inputAudio: null,
    inputImage: null,
    output: 15_000_000_000,
    outputAudio: null,
    outputImage: null,
    webSearch: 10_000_000_000_000,
  },
  tiers: [],
  perRequestNanodollars: 0,
}

test('each class of usage is priced once at its own rate', () => {
  const usage = {
    ...NO_USAGE,
    uncachedInputTokens: 1_000,
    cacheReadTokens: 10_000,
    cacheWriteTokens: 100,
    cacheWrite1hTokens: 50,
    outputTokens: 500,
    webSearches: 2,
  }
  // 1,000 × $3 + 10,000 × $0.30 + 100 × $3.75 + 50 × $6 + 500 × $15, per million, and 2 searches at $10 a thousand
  expect(priceUsage(usage, PRICE)).toBe(fromDollars(0.003 + 0.003 + 0.000375 + 0.0003 + 0.0075 + 0.02))
})

test('reasoning is part of the output and is not priced twice', () => {
  const plain = priceUsage({ ...NO_USAGE, outputTokens: 500 }, PRICE)
  expect(priceUsage({ ...NO_USAGE, outputTokens: 500, reasoningTokens: 400 }, PRICE)).toBe(plain)
})

test('a class that was used and has no price makes the cost unknown, never zero', () => {
  expect(priceUsage({ ...NO_USAGE, inputAudioTokens: 1 }, PRICE)).toBeNull()
  expect(priceUsage({ ...NO_USAGE, outputTokens: 1 }, { ...PRICE, rates: { ...PRICE.rates, output: null } })).toBeNull()
})

test('a long prompt is priced in its tier, for the whole call', () => {
  const long = { aboveInputTokens: 200_000, ...PRICE.rates, input: 6_000_000_000, output: 22_500_000_000 }
  const tiered = { ...PRICE, tiers: [long] }
  expect(priceUsage({ ...NO_USAGE, uncachedInputTokens: 200_000 }, tiered)).toBe(fromDollars(0.6))
  expect(priceUsage({ ...NO_USAGE, uncachedInputTokens: 200_001, outputTokens: 1_000 }, tiered)).toBe(1_222_506_000)
})

test('a price per request is added once', () => {
  expect(priceUsage(NO_USAGE, { ...PRICE, perRequestNanodollars: 5_000_000 })).toBe(5_000_000)
})

const count = fc.integer({ min: 0, max: 2_000_000 })
const none = fc.constant(0)
const usages = fc.record({
  uncachedInputTokens: count,
  cacheReadTokens: count,
  cacheWriteTokens: count,
  cacheWrite1hTokens: count,
  inputAudioTokens: none,
  inputImageTokens: none,
  outputTokens: count,
  reasoningTokens: none,
  outputAudioTokens: none,
  outputImageTokens: none,
  webSearches: none,
  estimated: fc.boolean(),
}) satisfies fc.Arbitrary<Usage>

test('a cost is the exact sum, rounded half up once', () => {
  fc.assert(
    fc.property(usages, fc.integer({ min: 0, max: 200_000_000_000 }), (usage, rate) => {
      const price = { ...PRICE, rates: { ...PRICE.rates, output: rate } }
      const { input = 0, cacheRead = 0, cacheWrite = 0, cacheWrite1h = 0 } = price.rates as Record<string, number>
      const exact =
        BigInt(usage.uncachedInputTokens) * BigInt(input) +
        BigInt(usage.cacheReadTokens) * BigInt(cacheRead) +
        BigInt(usage.cacheWriteTokens) * BigInt(cacheWrite) +
        BigInt(usage.cacheWrite1hTokens) * BigInt(cacheWrite1h) +
        BigInt(usage.outputTokens) * BigInt(rate)
      expect(BigInt(priceUsage(usage, price) ?? -1)).toBe((2n * exact + 1_000_000n) / 2_000_000n)
    }),
  )
})

// Half a second: what drifts shows only after many.
test('a million costs added up are the exact sum: nothing drifts', () => {
  const price = { ...PRICE, rates: { ...PRICE.rates, input: 123_456_789, output: 987_654_321 } }
  let sum = 0
  let exact = 0n
  for (let call = 1; call <= 1_000_000; call += 1) {
    const usage = { ...NO_USAGE, uncachedInputTokens: (call * 7919) % 10_007, outputTokens: (call * 104_729) % 997 }
    const cost = priceUsage(usage, price) ?? Number.NaN
    sum = nanodollars(sum + cost)
    const millionths = BigInt(usage.uncachedInputTokens) * 123_456_789n + BigInt(usage.outputTokens) * 987_654_321n
    exact += (2n * millionths + 1_000_000n) / 2_000_000n
  }
  expect(BigInt(sum)).toBe(exact)
})

test('no call costs more than its worst case', () => {
  const tiered = {
    ...PRICE,
    tiers: [{ aboveInputTokens: 500_000, ...PRICE.rates, input: 1_000_000_000, output: 30_000_000_000 }],
  }
  fc.assert(
    fc.property(usages, (usage) => {
      const input = totalInputTokens(usage)
      const worst = priceWorstCase(input, usage.outputTokens, tiered)
      expect(worst).toBeGreaterThanOrEqual(priceUsage(usage, tiered) ?? Infinity)
    }),
  )
})

test('the worst case is unknown when the price is', () => {
  expect(priceWorstCase(1, 1, { ...PRICE, rates: { ...PRICE.rates, output: null } })).toBeNull()
  expect(priceWorstCase(1, 0, { ...PRICE, rates: { ...PRICE.rates, output: null } })).not.toBeNull()
})

test('a markup is exact, to half a nano-dollar', () => {
  expect(scaleByMillionths(nanodollars(120_000), 1_250_000)).toBe(150_000)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e12 }), fc.integer({ min: 0, max: 1e7 }), (amount, millionths) => {
      const exact = (BigInt(amount) * BigInt(millionths) * 2n) / 1_000_000n
      const scaled = BigInt(scaleByMillionths(nanodollars(amount), millionths)) * 2n
      expect(scaled - exact >= -1n && scaled - exact <= 1n).toBe(true)
    }),
  )
})

test('amounts are whole numbers or nothing', () => {
  expect(() => nanodollars(0.5)).toThrow(RangeError)
  expect(() => nanodollars(Number.MAX_SAFE_INTEGER + 1)).toThrow(RangeError)
  expect(fromDollars(0.1 + 0.2)).toBe(300_000_000)
  expect(toDollars(nanodollars(1_500_000_000))).toBe(1.5)
})
