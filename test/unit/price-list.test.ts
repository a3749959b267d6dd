import { calcPrice, type ModelInfo } from '@pydantic/genai-prices'
import { expect, test } from 'vitest'
import { NO_USAGE, type Usage } from '../../shared/llm/usage.ts'
import { NANODOLLARS_PER_DOLLAR } from '../../shared/money/nanodollars.ts'
import { priceUsage } from '../../shared/money/price.ts'
import { priceAt } from '../../shared/money/price-schedule.ts'
import { catalogSnapshotSchema } from '../../shared/snapshot/snapshot-schema.ts'
import { hostedModelsAt, listPriceAt } from '../helpers/hosted-models.ts'

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
  for (const model of hostedModelsAt(at)) {
    for (const { gateway, upstreamModel, price } of model.endpoints) {
      if (price === null || price.rates.output === null) continue
      for (const usage of USAGES) {
        const expected = askOracle({ gateway, upstreamModel }, usage) * NANODOLLARS_PER_DOLLAR
        const ours = priceUsage(usage, priceAt(price, at.getTime())) ?? Number.NaN
        // The oracle adds in binary fractions: exact to a nano-dollar, or to 15 digits.
        expect(Math.abs(ours - expected), `${gateway}:${upstreamModel}`).toBeLessThanOrEqual(0.51 + expected * 1e-12)
        compared += 1
      }
    }
  }
  expect(compared).toBeGreaterThan(3_000)
})

interface Place {
  readonly gateway: string
  readonly upstreamModel: string
}

function askOracle({ gateway, upstreamModel }: Place, usage: Usage): number {
  const asked = toOracleUsage(usage)
  // Claude costs the same by Vertex's global address, and the list keeps Anthropic's own prices better.
  const providerId = gateway === 'vertex' && upstreamModel.startsWith('claude') ? 'anthropic' : gateway
  const named = calcPrice(asked, upstreamModel, { providerId, timestamp: at })
  // Some profiles are not in the list; a geography's price is that of a region.
  const found = named ?? calcPrice(asked, upstreamModel.replace(/^(us|eu)\./, ''), { providerId, timestamp: at })
  return found?.total_price ?? Number.NaN
}

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
  const models = hostedModelsAt(at)
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

const hosted = new Map(hostedModelsAt(at).map((model) => [model.id, model]))
const endpointsOf = (id: string): string[] =>
  (hosted.get(id)?.endpoints ?? []).map(({ gateway, upstreamModel }) => `${gateway}:${upstreamModel}`)

test('one id at several gateways is one model with several endpoints, each in its gateway’s own words', () => {
  expect(endpointsOf('claude-opus-5-5')).toEqual(['anthropic:claude-opus-5-5', 'vertex:claude-opus-5-5'])
  const sonnet = ['anthropic:claude-sonnet-4-5', 'vertex:claude-sonnet-4-5@20250929']
  expect(endpointsOf('claude-sonnet-4-5')).toEqual(sonnet)
  expect(endpointsOf('claude-sonnet-4-5-20250929')).toEqual(['anthropic:claude-sonnet-4-5-20250929', sonnet[1]])
  expect(endpointsOf('gemini-2.5-pro')).toEqual(['vertex:gemini-2.5-pro'])
})

test('Bedrock’s models are named as Bedrock is called, and how far a prompt travels has its price', () => {
  const inputOf = (id: string) => hosted.get(id)?.endpoints[0]?.price?.rates.input
  expect(inputOf('global.anthropic.claude-sonnet-4-6')).toBe(3_000_000_000)
  for (const place of ['us', 'eu', 'jp', 'au'])
    expect(inputOf(`${place}.anthropic.claude-sonnet-4-6`)).toBe(3_300_000_000)
  expect(inputOf('us.anthropic.claude-fable-5')).toBe(11_000_000_000)
  const ids = [...hosted.values()].filter(({ endpoints }) => endpoints[0]?.gateway === 'bedrock').map(({ id }) => id)
  expect(ids.filter((id) => id.startsWith('regional.') || id.startsWith('anthropic.'))).toEqual([])
  expect(hosted.get('us.meta.llama3-3-70b-instruct-v1:0')?.author).toBe('meta')
})

test('what the list does not price is offered at a price that is not known, never at another model’s', () => {
  expect(hosted.get('amazon.titan-embed-text-v2:0')).toMatchObject({ kind: 'embedding', endpoints: [{ price: null }] })
  expect(hosted.get('amazon.titan-embed-text-v1')?.endpoints[0]?.price?.rates.input).toBe(100_000_000)
})

test('models that a gateway no longer serves, or by another API only, are not offered', () => {
  const gone = [
    'claude-2',
    'claude-3-5-sonnet',
    'claude-sonnet-4-0',
    'gemini-1.5-pro',
    'gemini-pro',
    'gemini-2.5-pro-tts',
  ]
  expect(gone.filter((id) => hosted.has(id))).toEqual([])
  const other = /tts|live|omni|sonic|latest$|:thinking$/
  const ofClouds = [...hosted.values()].filter(({ endpoints }) =>
    endpoints.some(({ gateway }) => gateway === 'vertex' || gateway === 'bedrock'),
  )
  expect(ofClouds.filter(({ id }) => other.test(id))).toEqual([])
})

test('an hour in Claude’s cache costs twice the input, also where the list knows five minutes alone', () => {
  const endpoints = [...hosted.values()].flatMap((model) => model.endpoints)
  const claudes = endpoints.filter(
    ({ gateway, upstreamModel }) => gateway !== 'openrouter' && /claude/.test(upstreamModel),
  )
  expect(claudes.length).toBeGreaterThan(50)
  const unlike = claudes.filter(({ price }) => price?.rates.cacheWrite1h !== 2 * (price?.rates.input ?? Number.NaN))
  expect(unlike.map(({ upstreamModel }) => upstreamModel)).toEqual([])
})

test('a class without a price of its own is priced as the class it is part of', () => {
  const price = listPriceAt(info({ input_mtok: 2, output_mtok: 8, cache_read_mtok: 0.075 }), facts)
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
  const price = listPriceAt(info({ input_mtok: tiered(1, 200_000, 2), output_mtok: tiered(3, 128_000, 4) }), facts)
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
  expect(listPriceAt(info(prices), facts)).toMatchObject({ version: 'list@1/2025-06-10', rates: { input: 2e9 } })
  const before = { ...facts, at: new Date('2025-01-01') }
  expect(listPriceAt(info(prices), before)).toMatchObject({ version: 'list@1', rates: { input: 10e9 } })
})

test('what cannot be said exactly is not known, never free', () => {
  expect(listPriceAt(info({}), facts)).toBeNull()
  expect(listPriceAt(info({ output_mtok: 1 }), facts)).toBeNull()
  expect(listPriceAt(info({ input_mtok: 1, output_mtok: 1, output_reasoning_mtok: 3 }), facts)).toBeNull()
})

test('a variant that the list calls free is free', () => {
  expect(listPriceAt(info({}, 'author/model:free'), facts)?.rates).toMatchObject({ input: 0, output: 0 })
})
