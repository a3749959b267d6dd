import type { TokenRates } from '../../../shared/money/price.ts'
import type { PriceAllDay } from '../../../shared/money/price-schedule.ts'
import type { DatedPrice } from './dated-prices.ts'

export const PRICE_CLASSES = [
  'input',
  'cacheRead',
  'cacheWrite',
  'cacheWrite1h',
  'inputAudio',
  'inputImage',
  'output',
  'outputAudio',
  'outputImage',
  'webSearch',
  'request',
] as const satisfies readonly (keyof TokenRates | 'request')[]

/** What is priced apart: the classes of usage for a million of each, and a request. */
export type PriceClass = (typeof PRICE_CLASSES)[number]

/** A number of a price list: since when, at what time of the day, for how long a prompt, and for what. */
export interface PriceCell {
  /** Milliseconds since the epoch; 0: now. */
  readonly effectiveFrom: number
  /** Milliseconds since midnight UTC. Both 0: all day. */
  readonly fromMs: number
  readonly toMs: number
  /** 0: every prompt. */
  readonly aboveInputTokens: number
  readonly class: PriceClass
}

export interface PriceChange extends PriceCell {
  /** Nano-dollars for a million, or for a request. Null: not known. */
  readonly before: number | null
  readonly after: number | null
}

/**
 * Where two courses of prices differ. Pure. Both are looked at wherever one of them has a date, a time of the day or a
 * tier, so that prices that are written differently and cost the same are the same.
 *
 * @param before ordered by `effectiveFrom`, the first one being the price of now; empty: there was none
 * @param after the same
 */
export function comparePrices(before: readonly DatedPrice[], after: readonly DatedPrice[]): PriceChange[] {
  const both = [...before, ...after]
  const later = [...before.slice(1), ...after.slice(1)]
  const dates = distinct([0, ...later.map(({ effectiveFrom }) => effectiveFrom)])
  const times = timesOf(both)
  const starts = distinct([0, ...both.flatMap(({ price }) => (price ? startsOf(price) : []))])
  return dates.flatMap((effectiveFrom) =>
    times.flatMap(({ fromMs, toMs }) =>
      starts.flatMap((aboveInputTokens) =>
        compareClasses([before, after], { effectiveFrom, fromMs, toMs, aboveInputTokens }),
      ),
    ),
  )
}

type Place = Omit<PriceCell, 'class'>

function compareClasses([before, after]: readonly (readonly DatedPrice[])[], place: Place): PriceChange[] {
  const old = ratesIn(before ?? [], place)
  const next = ratesIn(after ?? [], place)
  return PRICE_CLASSES.map((name) => ({
    ...place,
    class: name,
    before: old ? old[name] : null,
    after: next ? next[name] : null,
  })).filter((change) => change.before !== change.after)
}

function distinct(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((left, right) => left - right)
}

/** The stretches of a day in which no price changes. */
function timesOf(prices: readonly DatedPrice[]): { fromMs: number; toMs: number }[] {
  const bounds = distinct(
    prices.flatMap(({ price }) => price?.daily ?? []).flatMap(({ fromMs, toMs }) => [fromMs, toMs]),
  )
  if (bounds.length === 0) return [{ fromMs: 0, toMs: 0 }]
  return bounds.map((fromMs, index) => ({ fromMs, toMs: bounds[(index + 1) % bounds.length] ?? fromMs }))
}

function startsOf(price: PriceAllDay): number[] {
  return [price, ...(price.daily ?? [])].flatMap(({ tiers }) => tiers.map((tier) => tier.aboveInputTokens))
}

type Rates = Readonly<Record<PriceClass, number | null>>

function ratesIn(prices: readonly DatedPrice[], { effectiveFrom, fromMs, aboveInputTokens }: Place): Rates | null {
  const index = prices.findLastIndex((each) => each.effectiveFrom <= effectiveFrom)
  const price = prices[Math.max(0, index)]?.price ?? null
  if (price === null) return null
  const numbers = price.daily?.find((daily) => isWithin(daily, fromMs)) ?? price
  const tier = numbers.tiers.findLast((each) => each.aboveInputTokens <= aboveInputTokens)
  return { ...(tier ?? numbers.rates), request: numbers.perRequestNanodollars }
}

function isWithin({ fromMs, toMs }: { fromMs: number; toMs: number }, timeMs: number): boolean {
  return fromMs <= toMs ? timeMs >= fromMs && timeMs < toMs : timeMs >= fromMs || timeMs < toMs
}
