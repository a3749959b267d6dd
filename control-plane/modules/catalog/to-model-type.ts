import { priorQuality } from '../../../shared/llm/routing-priors.ts'
import { TASK_CLASSES } from '../../../shared/llm/routing-vocabulary.ts'
import { nanodollars, toDollars } from '../../../shared/money/nanodollars.ts'
import type { PriceNumbers, TokenRates } from '../../../shared/money/price.ts'
import { priceAt } from '../../../shared/money/price-schedule.ts'
import type { ListedModel } from './catalog.read-model.ts'
import type { ModelPriceType, ModelType, Rates } from './catalog.types.ts'

/** A model in the API's words, with the prices of a moment. Which credential it is reached with is nobody's business. */
export function toModelType({ model, origin }: ListedModel, at: number): ModelType {
  return {
    ...model,
    origin,
    ...assumedQuality(model),
    endpoints: model.endpoints.map(({ gateway, upstreamModel, price }) => ({
      gateway,
      upstreamModel,
      price: price && toPriceType(priceAt(price, at)),
    })),
  }
}

/** Models for embeddings are not chosen by kinds of work. */
function assumedQuality({ kind, id }: ListedModel['model']): Pick<ModelType, 'tier' | 'scores'> {
  if (kind === 'embedding') return { tier: null, scores: [] }
  const { tier, quality } = priorQuality(id)
  return { tier, scores: TASK_CLASSES.map((taskClass) => ({ taskClass, score: quality[taskClass] })) }
}

/** The numbers of a price in the API's words. */
export function toPriceType({ version, rates, tiers }: PriceNumbers): ModelPriceType {
  return {
    version,
    rates: toRates(rates),
    tiers: tiers.map((tier) => ({ aboveInputTokens: tier.aboveInputTokens, rates: toRates(tier) })),
  }
}

function toRates(rates: TokenRates): Rates {
  const { webSearch } = rates
  return {
    inputUsdPerMillion: inDollars(rates.input),
    outputUsdPerMillion: inDollars(rates.output),
    cacheReadUsdPerMillion: inDollars(rates.cacheRead),
    cacheWriteUsdPerMillion: inDollars(rates.cacheWrite),
    cacheWrite1hUsdPerMillion: inDollars(rates.cacheWrite1h ?? null),
    inputAudioUsdPerMillion: inDollars(rates.inputAudio),
    outputAudioUsdPerMillion: inDollars(rates.outputAudio),
    inputImageUsdPerMillion: inDollars(rates.inputImage ?? null),
    outputImageUsdPerMillion: inDollars(rates.outputImage ?? null),
    webSearchUsdPerThousand: inDollars(webSearch ?? null, 1_000),
    inputNanodollarsPerMillion: rates.input,
    outputNanodollarsPerMillion: rates.output,
  }
}

/** @param perMillion how often the unit of the result goes into a million */
function inDollars(rate: number | null, perMillion = 1): number | null {
  return rate === null ? null : toDollars(nanodollars(rate)) / perMillion
}
