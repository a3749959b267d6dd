import { totalInputTokens, type Usage } from '../llm/usage.ts'
import { nanodollars, roundMillionths, type Nanodollars } from './nanodollars.ts'

/** Nano-dollars for a million of each class: tokens, or searches. Null: the price is not known, which is not the same as free. */
export interface TokenRates {
  readonly input: number | null
  readonly cacheRead: number | null
  readonly cacheWrite: number | null
  readonly cacheWrite1h: number | null
  readonly inputAudio: number | null
  readonly inputImage: number | null
  readonly output: number | null
  readonly outputAudio: number | null
  readonly outputImage: number | null
  readonly webSearch: number | null
}

/** Rates that hold for the whole call once its prompt is longer than `aboveInputTokens`. */
export interface RateTier extends TokenRates {
  readonly aboveInputTokens: number
}

export interface PriceNumbers {
  /** Names the price list these numbers come from; kept on every record that used them. */
  readonly version: string
  readonly rates: TokenRates
  /** Ordered by `aboveInputTokens`, rising. */
  readonly tiers: readonly RateTier[]
  readonly perRequestNanodollars: number
}

/** The price of one moment. What changes with time is a `PriceSchedule`, and `priceAt` picks one of these from it. */
export interface Price extends PriceNumbers {
  readonly daily?: undefined
  readonly later?: undefined
}

/**
 * Rates of a list that tells input and output apart and nothing else: every class costs what it is part of. Searches
 * are no part of either, so their price is not known.
 */
export function plainRates(input: number | null, output: number | null): TokenRates {
  return {
    input,
    cacheRead: input,
    cacheWrite: input,
    cacheWrite1h: input,
    inputAudio: input,
    inputImage: input,
    output,
    outputAudio: output,
    outputImage: output,
    webSearch: null,
  }
}

const TOKENS_PER_RATE = 1_000_000

/**
 * What a call cost: every class times its rate, added exactly, rounded half up once.
 *
 * @returns null when a class that was used has no price: unknown, never silently zero
 */
export function priceUsage(usage: Usage, price: Price): Nanodollars | null {
  const rates = ratesFor(totalInputTokens(usage), price)
  const sum = new ExactSum(price.perRequestNanodollars)
  const isKnown =
    sum.use(usage.uncachedInputTokens, rates.input) &&
    sum.use(usage.cacheReadTokens, rates.cacheRead) &&
    sum.use(usage.cacheWriteTokens, rates.cacheWrite) &&
    sum.use(usage.cacheWrite1hTokens, rates.cacheWrite1h) &&
    sum.use(usage.inputAudioTokens, rates.inputAudio) &&
    sum.use(usage.inputImageTokens, rates.inputImage) &&
    sum.use(usage.outputTokens, rates.output) &&
    sum.use(usage.outputAudioTokens, rates.outputAudio) &&
    sum.use(usage.outputImageTokens, rates.outputImage) &&
    sum.use(usage.webSearches, rates.webSearch)
  return isKnown ? sum.total() : null
}

/**
 * The most a call can cost: every prompt token at the dearest input rate, every output token at the dearest output
 * rate, in the tier the prompt can reach.
 *
 * @param inputTokens a bound that the prompt does not pass
 * @param outputTokens the most the answer may have
 * @returns null when the price of plain input or output is not known
 */
export function priceWorstCase(inputTokens: number, outputTokens: number, price: Price): Nanodollars | null {
  let inputRate = 0
  let outputRate = 0
  for (const rates of [price.rates, ...price.tiers.filter((tier) => inputTokens > tier.aboveInputTokens)]) {
    if (rates.input === null || (rates.output === null && outputTokens > 0)) return null
    inputRate = dearest(inputRate, [
      rates.input,
      rates.cacheRead,
      rates.cacheWrite,
      rates.cacheWrite1h,
      rates.inputAudio,
      rates.inputImage,
    ])
    outputRate = dearest(outputRate, [rates.output, rates.outputAudio, rates.outputImage])
  }
  const sum = new ExactSum(price.perRequestNanodollars)
  sum.add(inputTokens, inputRate)
  sum.add(outputTokens, outputRate)
  return sum.total()
}

function dearest(known: number, rates: readonly (number | null)[]): number {
  return rates.reduce<number>((most, rate) => Math.max(most, rate ?? 0), known)
}

function ratesFor(inputTokens: number, price: Price): TokenRates {
  let rates: TokenRates = price.rates
  for (const tier of price.tiers) if (inputTokens > tier.aboveInputTokens) rates = tier
  return rates
}

/**
 * Adds tokens times rates without rounding in between and without big integers: each rate is split into whole
 * nano-dollars a token and millionths, so that for up to 2^33 tokens no product leaves the safe range.
 */
class ExactSum {
  #whole: number
  #millionths = 0

  constructor(start: number) {
    this.#whole = start
  }

  /** Adds what was used. @returns false when some was and its rate is not known */
  use(amount: number, rate: number | null): boolean {
    if (amount === 0) return true
    if (rate === null) return false
    this.add(amount, rate)
    return true
  }

  add(tokens: number, rate: number): void {
    this.#whole += tokens * Math.floor(rate / TOKENS_PER_RATE)
    this.#millionths += tokens * (rate % TOKENS_PER_RATE)
  }

  /** @throws RangeError when the sum leaves the safe range */
  total(): Nanodollars {
    return nanodollars(this.#whole + roundMillionths(this.#millionths))
  }
}
