import type { TokenRates } from '../../shared/money/price.ts'
import { priceAt } from '../../shared/money/price-schedule.ts'
import type { Ask } from './ask.ts'
import { expectAnswerTokens } from './estimate-tokens.ts'
import type { Row } from './routing-table.ts'

const MILLION = 1_000_000

/** What a call is likely to cost its workspace, in nano-dollars. Infinite: the price is not known. */
export function expectedCost(row: Row, ask: Ask): number {
  const { needs, taskIndex, expectedInputTokens } = ask
  if (ask.kind === 'embedding') return costOf(row, ask, { inputTokens: expectedInputTokens, outputTokens: 0 })
  const { thinks } = row.facts
  const answer = expectAnswerTokens(taskIndex, { thinks, maxOutputTokens: needs.maxOutputTokens })
  return costOf(row, ask, { inputTokens: expectedInputTokens, outputTokens: answer * needs.choices })
}

/** The most it can cost where the caller bounds the answer, else what is likely. Infinite: the price is not known. */
export function boundedCost(row: Row, ask: Ask): number {
  const { maxOutputTokens, choices } = ask.needs
  if (ask.kind === 'embedding') return costOf(row, ask, { inputTokens: ask.inputTokens, outputTokens: 0 })
  if (maxOutputTokens === null) return expectedCost(row, ask)
  return costOf(row, ask, { inputTokens: ask.inputTokens, outputTokens: maxOutputTokens * choices })
}

interface Tokens {
  readonly inputTokens: number
  readonly outputTokens: number
}

/** In floating point: it is compared and shown, and never charged. */
function costOf({ candidate, costFactor }: Row, { startedAt }: Ask, { inputTokens, outputTokens }: Tokens): number {
  const { price: schedule } = candidate.endpoint
  if (schedule === null) return Infinity
  const price = priceAt(schedule, startedAt)
  let rates: TokenRates = price.rates
  for (const tier of price.tiers) if (inputTokens > tier.aboveInputTokens) rates = tier
  if (rates.input === null) return Infinity
  if (outputTokens > 0 && rates.output === null) return Infinity
  const tokens = (inputTokens * rates.input + outputTokens * (rates.output ?? 0)) / MILLION
  return (tokens + price.perRequestNanodollars) * costFactor
}
