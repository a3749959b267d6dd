import { invalidInput } from '../../api/api.errors.ts'
import { fromDollars, NANODOLLARS_PER_DOLLAR } from '../../../shared/money/nanodollars.ts'
import type { PriceNumbers, TokenRates } from '../../../shared/money/price.ts'
import type { PriceInput, PriceRatesInput } from './prices.inputs.ts'

/** A price as a user says it, in whole nano-dollars. @throws `invalid_input` where two tiers begin at one length */
export function readPriceInput(input: PriceInput): Omit<PriceNumbers, 'version'> {
  const tiers = (input.tiers ?? [])
    .map((tier) => ({ aboveInputTokens: tier.aboveInputTokens, ...readRates(tier) }))
    .toSorted((left, right) => left.aboveInputTokens - right.aboveInputTokens)
  if (new Set(tiers.map(({ aboveInputTokens }) => aboveInputTokens)).size < tiers.length) {
    throw invalidInput({ field: 'tiers', fault: 'must begin at different lengths' }, { param: 'tiers' })
  }
  return { rates: readRates(input), tiers, perRequestNanodollars: fromDollars(input.perRequestUsd ?? 0) }
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
