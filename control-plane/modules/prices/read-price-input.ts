import { invalidInput } from '../../api/api.errors.ts'
import { fromDollars, NANODOLLARS_PER_DOLLAR } from '../../../shared/money/nanodollars.ts'
import type { PriceNumbers, TokenRates } from '../../../shared/money/price.ts'
import { isWithin, type DailyPrice } from '../../../shared/money/price-schedule.ts'
import { timeOfDay } from '../catalog/index.ts'
import type { DailyPriceInput, PriceInput, PriceRatesInput } from './prices.inputs.ts'

/** Prices before it is known what they are called on records. */
export type UnnamedPrice = Omit<PriceNumbers, 'version'>
export type UnnamedDailyPrice = Omit<DailyPrice, 'version'>

/** A price as a user says it, in whole nano-dollars. @throws `invalid_input` where two tiers begin at one length */
export function readPriceInput(input: PriceInput): UnnamedPrice {
  const tiers = (input.tiers ?? [])
    .map((tier) => ({ aboveInputTokens: tier.aboveInputTokens, ...readRates(tier) }))
    .toSorted((left, right) => left.aboveInputTokens - right.aboveInputTokens)
  if (new Set(tiers.map(({ aboveInputTokens }) => aboveInputTokens)).size < tiers.length) {
    throw invalidInput({ field: 'tiers', fault: 'must begin at different lengths' }, { param: 'tiers' })
  }
  return { rates: readRates(input), tiers, perRequestNanodollars: fromDollars(input.perRequestUsd ?? 0) }
}

/**
 * Prices at times of the day as a user says them, ordered by when they begin; where one ends another may begin.
 *
 * @throws `invalid_input`, naming by its place in the list what is no time of whole seconds, what ends when it begins, and
 *   what overlaps with one before it
 */
export function readDailyPrices(inputs: readonly DailyPriceInput[]): UnnamedDailyPrice[] {
  const read = inputs.map((input, place) => {
    const [fromMs, toMs] = [readTime(input.from, `daily[${place}].from`), readTime(input.to, `daily[${place}].to`)]
    if (fromMs === toMs) throw wrong(`daily[${place}]`, 'must end at another time than it begins')
    return { ...readPriceInput(input.price), fromMs, toMs }
  })
  for (const [place, each] of read.entries()) {
    const other = read.slice(0, place).findIndex((before) => overlap(before, each))
    if (other >= 0) throw wrong(`daily[${place}]`, `must not overlap with daily[${other}]`)
  }
  return read.toSorted((left, right) => left.fromMs - right.fromMs)
}

const SECOND_MS = 1_000

function readTime(text: string, field: string): number {
  const time = timeOfDay(text)
  if (time === null || time % SECOND_MS !== 0) throw wrong(field, 'must be a time like 16:30:00Z')
  return time
}

type TimeSpan = Pick<DailyPrice, 'fromMs' | 'toMs'>

/** Of two spans that overlap on the round of a day one begins in the other. */
function overlap(left: TimeSpan, right: TimeSpan): boolean {
  return isWithin(left, right.fromMs) || isWithin(right, left.fromMs)
}

function wrong(field: string, fault: string): Error {
  return invalidInput({ field, fault }, { param: field })
}

const THOUSANDS_IN_A_MILLION = 1_000

/** What is left out costs what the class costs that it is part of. Searches are part of none. */
function readRates(given: PriceRatesInput): TokenRates {
  const input = fromDollars(given.inputUsdPerMillion)
  const output = rateOf(given.outputUsdPerMillion)
  const cacheWrite = rateOf(given.cacheWriteUsdPerMillion) ?? input
  const searches = given.webSearchUsdPerThousand ?? null
  return {
    input,
    cacheRead: rateOf(given.cacheReadUsdPerMillion) ?? input,
    cacheWrite,
    cacheWrite1h: rateOf(given.cacheWrite1hUsdPerMillion) ?? cacheWrite,
    inputAudio: rateOf(given.inputAudioUsdPerMillion) ?? input,
    inputImage: rateOf(given.inputImageUsdPerMillion) ?? input,
    output,
    outputAudio: rateOf(given.outputAudioUsdPerMillion) ?? output,
    outputImage: rateOf(given.outputImageUsdPerMillion) ?? output,
    webSearch: searches === null ? null : Math.round(searches * THOUSANDS_IN_A_MILLION * NANODOLLARS_PER_DOLLAR),
  }
}

function rateOf(dollars: number | null | undefined): number | null {
  return dollars === null || dollars === undefined ? null : fromDollars(dollars)
}
