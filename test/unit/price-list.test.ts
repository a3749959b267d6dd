import { calcPrice, type ModelInfo } from '@pydantic/genai-prices'
import { expect, test } from 'vitest'
import { hostedModels } from '../../control-plane/modules/catalog/catalog-sources.ts'
import { priceOf } from '../../control-plane/modules/catalog/price-list.ts'
import { NO_USAGE, type Usage } from '../../shared/llm/usage.ts'
import { NANODOLLARS_PER_DOLLAR } from '../../shared/money/nanodollars.ts'
import { priceUsage } from '../../shared/money/price.ts'
import { catalogSnapshotSchema } from '../../shared/snapshot/snapshot-schema.ts'

const at = new Date('2026-11-21T00:00:00Z')
const facts = { version: 'list@1', at }

function info(prices: ModelInfo['prices'], id = 'some-model'): ModelInfo {
  return { id, match: { equals: id }, prices }
}

/** Every class, on both sides of every tier that the list has. */
const USAGES: Usage[] = [1_000, 150_000, 250_000, 1_200_000].flatMap((tokens) => [
  { ...NO_USAGE, uncachedInputTokens: tokens, outputTokens: 1_000 },
  { ...NO_USAGE, uncachedInputTokens: tokens, cacheReadTokens: 3_000, cacheWriteTokens: 2_000, outputTokens: 77 },
])

test('every hosted model costs what the price list itself says, for every class and tier', () => {
  let compared = 0
  for (const model of hostedModels(at)) {
    for (const { gateway, upstreamModel, price } of model.endpoints) {
      if (price === null || price.rates.output === null) continue
      for (const usage of USAGES) {
        const oracle = calcPrice(toOracleUsage(usage), upstreamModel, { providerId: gateway, timestamp: at })
        const expected = (oracle?.total_price ?? Number.NaN) * NANODOLLARS_PER_DOLLAR
        const ours = priceUsage(usage, price) ?? Number.NaN
        // The oracle adds in binary fractions: exact to a nano-dollar, or to 15 digits.
        expect(Math.abs(ours - expected), `${gateway}:${upstreamModel}`).toBeLessThanOrEqual(0.51 + expected * 1e-12)
        compared += 1
      }
    }
  }
  expect(compared).toBeGreaterThan(3_000)
})

function toOracleUsage(usage: Usage) {
  const { uncachedInputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = usage
  return {
    input_tokens: uncachedInputTokens + cacheReadTokens + cacheWriteTokens,
    cache_read_tokens: cacheReadTokens,
    cache_write_tokens: cacheWriteTokens,
    output_tokens: outputTokens,
  }
}

test('the hosted models fit the snapshot', () => {
  const models = hostedModels(at)
  expect(models.length).toBeGreaterThan(300)
  catalogSnapshotSchema.shape.models.parse(models)
  expect(new Set(models.map((model) => model.id)).size).toBe(models.length)
  const byId = new Map(models.map((model) => [model.id, model]))
  expect(byId.get('text-embedding-3-small')?.kind).toBe('embedding')
  expect(byId.get('gpt-4o-mini')?.endpoints.map((endpoint) => endpoint.gateway)).toEqual(['openai'])
  expect(byId.get('openai/gpt-4o-mini')?.endpoints.map((endpoint) => endpoint.gateway)).toEqual(['openrouter'])
  const others = ['whisper-1', 'gpt-image-1', 'text-davinci-003', 'gpt-4o-realtime-preview']
  expect(others.filter((id) => byId.has(id))).toEqual([])
})

test('a class without a price of its own is priced as the class it is part of', () => {
  const price = priceOf(info({ input_mtok: 2, output_mtok: 8, cache_read_mtok: 0.075 }), facts)
  expect(price?.rates).toEqual({
    input: 2_000_000_000,
    cacheRead: 75_000_000,
    cacheWrite: 2_000_000_000,
    cacheWrite1h: 2_000_000_000,
    inputImage: 2_000_000_000,
    outputImage: 8_000_000_000,
    webSearch: null,
    inputAudio: 2_000_000_000,
    output: 8_000_000_000,
    outputAudio: 8_000_000_000,
  })
})

test('a tier holds for prompts longer than its start, class by class', () => {
  const tiered = (base: number, start: number, price: number) => ({ base, tiers: [{ start, price }] })
  const price = priceOf(info({ input_mtok: tiered(1, 200_000, 2), output_mtok: tiered(3, 128_000, 4) }), facts)
  expect(price?.tiers.map(({ aboveInputTokens, input, output }) => [aboveInputTokens, input, output])).toEqual([
    [128_000, 1e9, 4e9],
    [200_000, 2e9, 4e9],
  ])
})

test('of prices with dates the last that has begun holds, and the version names its date', () => {
  const prices = [
    { prices: { input_mtok: 10, output_mtok: 40 } },
    {
      constraint: { type: 'start_date' as const, start_date: '2025-06-10' },
      prices: { input_mtok: 2, output_mtok: 8 },
    },
    {
      constraint: { type: 'start_date' as const, start_date: '2030-01-01' },
      prices: { input_mtok: 1, output_mtok: 4 },
    },
  ]
  expect(priceOf(info(prices), facts)).toMatchObject({ version: 'list@1/2025-06-10', rates: { input: 2e9 } })
  const before = { ...facts, at: new Date('2025-01-01') }
  expect(priceOf(info(prices), before)).toMatchObject({ version: 'list@1', rates: { input: 10e9 } })
})

test('what cannot be said exactly is not known, never free', () => {
  expect(priceOf(info({}), facts)).toBeNull()
  expect(priceOf(info({ output_mtok: 1 }), facts)).toBeNull()
  expect(priceOf(info({ input_mtok: 1, output_mtok: 1, output_reasoning_mtok: 3 }), facts)).toBeNull()
  const daytime = { type: 'time_of_date' as const, start_time: '00:00:00Z', end_time: '12:00:00Z' }
  expect(
    priceOf(info([{ prices: { input_mtok: 1 } }, { constraint: daytime, prices: { input_mtok: 2 } }]), facts),
  ).toBeNull()
})

test('a variant that the list calls free is free', () => {
  expect(priceOf(info({}, 'author/model:free'), facts)?.rates).toMatchObject({ input: 0, output: 0 })
})
