import { nanodollars, toDollars } from '../../../shared/money/nanodollars.ts'
import type { Price, TokenRates } from '../../../shared/money/price.ts'
import type { ListedModel } from './catalog.read-model.ts'
import type { ModelPriceType, ModelType, Rates } from './catalog.types.ts'

/** A model in the API's words. Which credential it is reached with is nobody's business. */
export function toModelType({ model, origin }: ListedModel): ModelType {
  return {
    ...model,
    origin,
    endpoints: model.endpoints.map(({ gateway, upstreamModel, price }) => ({
      gateway,
      upstreamModel,
      price: price && toPriceType(price),
    })),
  }
}

function toPriceType({ version, rates, tiers }: Price): ModelPriceType {
  return {
    version,
    rates: toRates(rates),
    tiers: tiers.map((tier) => ({ aboveInputTokens: tier.aboveInputTokens, rates: toRates(tier) })),
  }
}

function toRates({ input, output, cacheRead, cacheWrite }: TokenRates): Rates {
  return {
    inputUsdPerMillion: inDollars(input),
    outputUsdPerMillion: inDollars(output),
    cacheReadUsdPerMillion: inDollars(cacheRead),
    cacheWriteUsdPerMillion: inDollars(cacheWrite),
    inputNanodollarsPerMillion: input,
    outputNanodollarsPerMillion: output,
  }
}

function inDollars(rate: number | null): number | null {
  return rate === null ? null : toDollars(nanodollars(rate))
}
