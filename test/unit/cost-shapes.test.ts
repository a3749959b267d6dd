import { calcPrice, findProvider } from '@pydantic/genai-prices'
import { expect, test } from 'vitest'
import { NO_USAGE, totalInputTokens, totalOutputTokens, type Usage } from '../../shared/llm/usage.ts'
import { NANODOLLARS_PER_DOLLAR } from '../../shared/money/nanodollars.ts'
import { priceUsage } from '../../shared/money/price.ts'
import { listPriceAt } from '../helpers/hosted-models.ts'

const at = new Date('2026-11-22T00:00:00Z')

/** Ours, from the list's own entry to whole nano-dollars. */
function cost(providerId: string, model: string, usage: Usage): number | null {
  const info = calcPrice({}, model, { providerId })?.model
  const price = info ? listPriceAt(info, { version: 'list@1', at }) : null
  return price && priceUsage(usage, price)
}

/** The list's, in its own words: its classes contain one another, ours do not overlap. */
function oracle(providerId: string, model: string, usage: Usage): number {
  const asked = {
    input_tokens: totalInputTokens(usage),
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens + usage.cacheWrite1hTokens,
    cache_write_1h_tokens: usage.cacheWrite1hTokens,
    input_audio_tokens: usage.inputAudioTokens,
    input_image_tokens: usage.inputImageTokens,
    output_tokens: totalOutputTokens(usage),
    output_reasoning_tokens: usage.reasoningTokens,
    output_audio_tokens: usage.outputAudioTokens,
    output_image_tokens: usage.outputImageTokens,
    web_searches: usage.webSearches,
  }
  const dollars = calcPrice(asked, model, { providerId, timestamp: at })?.total_price ?? Number.NaN
  return Math.round(dollars * NANODOLLARS_PER_DOLLAR)
}

const SHAPES: readonly [string, Partial<Usage>, readonly [string, string][]][] = [
  [
    'plain',
    { uncachedInputTokens: 1_237, outputTokens: 411 },
    [
      ['openai', 'gpt-4o-mini'],
      ['anthropic', 'claude-haiku-4-5'],
      ['google', 'gemini-3.1-flash-lite'],
      ['aws', 'us.amazon.nova-micro-v1:0'],
      ['openrouter', 'qwen/qwen3-coder'],
    ],
  ],
  [
    'cached',
    { uncachedInputTokens: 803, cacheReadTokens: 12_001, outputTokens: 97 },
    [
      ['openai', 'gpt-5-nano'],
      ['anthropic', 'claude-opus-5-5'],
      ['google', 'gemini-2.5-flash'],
      ['aws', 'global.anthropic.claude-sonnet-4-6'],
    ],
  ],
  [
    'written to a cache for five minutes',
    { uncachedInputTokens: 11, cacheWriteTokens: 4_735, outputTokens: 255 },
    [
      ['anthropic', 'claude-sonnet-4-5'],
      ['aws', 'eu.anthropic.claude-haiku-4-5-20251001-v1:0'],
      ['openai', 'gpt-5.6-luna'],
    ],
  ],
  [
    'written to a cache for an hour',
    { uncachedInputTokens: 11, cacheWrite1hTokens: 4_735, outputTokens: 255 },
    [
      ['anthropic', 'claude-sonnet-4-5'],
      ['anthropic', 'claude-opus-5'],
      ['aws', 'us.anthropic.claude-opus-5-5'],
    ],
  ],
  [
    'reasoning',
    { uncachedInputTokens: 321, outputTokens: 9_876, reasoningTokens: 9_001 },
    [
      ['openai', 'o4-mini'],
      ['anthropic', 'claude-fable-5-1'],
      ['google', 'gemini-3.5-flash'],
    ],
  ],
  [
    'pictures in',
    { uncachedInputTokens: 55, inputImageTokens: 1_290, outputTokens: 0 },
    [
      ['google', 'gemini-embedding-2'],
      ['openai', 'gpt-image-1.5'],
    ],
  ],
  [
    'pictures out',
    { uncachedInputTokens: 55, outputTokens: 17, outputImageTokens: 1_290 },
    [
      ['google', 'gemini-2.5-flash-image'],
      ['google', 'gemini-3.1-flash-image'],
    ],
  ],
  [
    'sound in',
    { uncachedInputTokens: 77, inputAudioTokens: 1_203, outputTokens: 64 },
    [
      ['openai', 'gpt-audio'],
      ['google', 'gemini-2.5-flash'],
      ['google', 'gemini-3-flash-preview'],
    ],
  ],
  [
    'sound out',
    { uncachedInputTokens: 77, outputTokens: 64, outputAudioTokens: 2_211 },
    [
      ['openai', 'gpt-audio'],
      ['openai', 'gpt-audio-mini'],
    ],
  ],
  [
    'a prompt of more than 200,000 tokens',
    { uncachedInputTokens: 187_654, cacheReadTokens: 12_347, outputTokens: 8_191 },
    [
      ['google', 'gemini-2.5-pro'],
      ['google', 'gemini-3.1-pro-preview'],
      ['anthropic', 'claude-sonnet-4-5'],
      ['openai', 'gpt-5.5'],
    ],
  ],
  [
    'searches',
    { uncachedInputTokens: 20_413, outputTokens: 677, webSearches: 3 },
    [
      ['anthropic', 'claude-opus-4-8'],
      ['openai', 'gpt-5-mini'],
    ],
  ],
  [
    'everything at once',
    {
      uncachedInputTokens: 150_001,
      cacheReadTokens: 40_003,
      cacheWriteTokens: 9_007,
      cacheWrite1hTokens: 5_003,
      outputTokens: 12_345,
      reasoningTokens: 11_111,
      webSearches: 7,
    },
    [
      ['anthropic', 'claude-sonnet-4-5'],
      ['anthropic', 'claude-opus-5-5'],
    ],
  ],
]

test.each(SHAPES.flatMap(([name, shape, models]) => models.map((model) => [name, ...model, shape] as const)))(
  'usage that is %s costs at %s’s %s what the price list says, to the nano-dollar',
  (_name, provider, model, shape) => {
    const usage = { ...NO_USAGE, ...shape }
    const expected = oracle(provider, model, usage)
    expect(expected).toBeGreaterThan(0)
    expect(cost(provider, model, usage)).toBe(expected)
  },
)

test('the shapes are twelve, and on both sides of a tier the list and we agree on the token', () => {
  expect(SHAPES).toHaveLength(12)
  for (const tokens of [199_999, 200_000, 200_001]) {
    const usage = { ...NO_USAGE, uncachedInputTokens: tokens, outputTokens: 3 }
    expect(cost('google', 'gemini-2.5-pro', usage)).toBe(oracle('google', 'gemini-2.5-pro', usage))
  }
})

/** Where we differ, on purpose; each difference is pinned, so that a change of the list is seen. */

test('an hour in Claude’s cache on Bedrock: the list has no price for it and takes five minutes’, the vendor asks twice the input', () => {
  const usage = { ...NO_USAGE, cacheWrite1hTokens: 1_000_000 }
  const model = 'global.anthropic.claude-sonnet-4-6'
  expect(oracle('aws', model, usage)).toBe(3_750_000_000)
  expect(cost('aws', model, usage)).toBe(6_000_000_000)
})

test('sound out of a cache: the list tells it from text there, vendors’ counts of cached tokens do not', () => {
  const model = findProvider({ providerId: 'google' })?.models.find(({ id }) => id === 'gemini-2.5-flash')
  expect(model?.prices).toMatchObject({ cache_read_mtok: 0.03, cache_audio_read_mtok: 0.1 })
  const cached = { ...NO_USAGE, cacheReadTokens: 1_000_000 }
  expect(cost('google', 'gemini-2.5-flash', cached)).toBe(30_000_000)
})

test('searches where the list has no price for them: it leaves them out, we do not know the cost', () => {
  const usage = { ...NO_USAGE, uncachedInputTokens: 10, webSearches: 1 }
  expect(oracle('google', 'gemini-2.5-flash', usage)).toBe(3_000)
  expect(cost('google', 'gemini-2.5-flash', usage)).toBeNull()
})

test('reasoning that the list prices apart from other output: we do not know the cost of such a model', () => {
  const apart = (findProvider({ providerId: 'openrouter' })?.models ?? []).filter(({ prices }) => {
    const current = Array.isArray(prices) ? (prices.at(-1)?.prices ?? {}) : prices
    const reasoning = current['output_reasoning_mtok']
    return reasoning !== undefined && JSON.stringify(reasoning) !== JSON.stringify(current['output_mtok'])
  })
  for (const info of apart) expect(listPriceAt(info, { version: 'list@1', at })).toBeNull()
  expect(apart.length).toBeGreaterThan(0)
})
