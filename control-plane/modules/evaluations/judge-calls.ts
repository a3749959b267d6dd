import { scaleByMillionths, ZERO, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import { priceWorstCaseEver, type PriceSchedule } from '../../../shared/money/price-schedule.ts'
import { ModelCallFailed, type AskModel, type ModelReply } from './ask-model.ts'
import type { JudgeBudget } from './judge-budget.ts'
import type { JudgeRate } from './judge-rate.ts'

/** One call of a model that judges or embeds. */
export interface JudgeCall {
  readonly path: 'chat/completions' | 'embeddings'
  /** With its gateway before it. */
  readonly model: string
  /** The rest of the request. */
  readonly request: object
}

export type JudgeOutcome =
  /** In the order of the calls. */
  | { readonly type: 'answered'; readonly replies: readonly ModelReply[] }
  /** Nobody was asked yet: the workspace's judges are asked no more often than it says. */
  | { readonly type: 'later'; readonly waitMs: number }
  /** Nobody was asked, and nobody will be. */
  | { readonly type: 'skipped'; readonly code: string; readonly reason: string }

export interface JudgeCalls {
  /**
   * Asks a model, where rate and budget of the workspace allow all of the calls.
   *
   * @param name of what is judged: whoever was told to come later is known by it
   * @throws ModelCallFailed when one of the calls failed
   */
  ask(workspaceId: string, name: string, calls: readonly JudgeCall[]): Promise<JudgeOutcome>
}

export interface JudgePrice {
  /** All that may hold: which one does is known when the model is asked. */
  readonly prices: readonly PriceSchedule[]
  /** What a call's cost is multiplied with, in millionths; 1,000,000 is nothing on top. */
  readonly markupMillionths: number
}

interface Deps {
  readonly askModel: AskModel
  readonly budget: JudgeBudget
  readonly rate: JudgeRate
  /** Null: the workspace cannot name the model, or its price is not known. */
  readonly findPrice: (workspaceId: string, model: string) => Promise<JudgePrice | null>
  readonly alertOfBudget: (workspaceId: string) => Promise<void>
}

/** Reasoning and verdict; models that think before they write need more than those take. */
export const MOST_JUDGE_TOKENS = 2_048

export function createJudgeCalls({ askModel, budget, rate, findPrice, alertOfBudget }: Deps): JudgeCalls {
  return {
    async ask(workspaceId, name, calls) {
      const { requestsPerMinute: perMinute } = await budget.limits(workspaceId)
      const waitMs = await rate.take(workspaceId, { name, requests: calls.length, perMinute })
      if (waitMs > 0) return { type: 'later', waitMs }
      const replies: ModelReply[] = []
      for (const call of calls) {
        const reply = await askWithinBudget(workspaceId, call)
        if ('type' in reply) return reply
        replies.push(reply)
      }
      return { type: 'answered', replies }
    },
  }

  async function askWithinBudget(
    workspaceId: string,
    call: JudgeCall,
  ): Promise<ModelReply | Extract<JudgeOutcome, { type: 'skipped' }>> {
    const price = await findPrice(workspaceId, call.model)
    const worstCase = price === null ? null : worstCaseOf(call, price)
    if (price === null || worstCase === null) return skipped('judge_price_unknown', UNPRICED(call.model))
    const reservation = await budget.reserve(workspaceId, worstCase)
    if (reservation === null) {
      if (await budget.isFirstRefusal(workspaceId)) await alertOfBudget(workspaceId)
      return skipped('judge_budget_exhausted', EXHAUSTED)
    }
    try {
      const reply = await askModel(workspaceId, call.path, { ...call.request, model: call.model })
      await budget.settle(workspaceId, reservation, usedOf(reply, price) ?? worstCase)
      return reply
    } catch (error) {
      // What was refused cost nothing. What is not known to have been refused may have cost it all.
      if (error instanceof ModelCallFailed && error.isRefusal) await budget.settle(workspaceId, reservation, ZERO)
      throw error
    }
  }
}

const EXHAUSTED =
  "The workspace's budget for judges does not cover this judgement. Raise it, or wait for the next month."
const UNPRICED = (model: string): string =>
  `The price of ${model} is not known here, so that a budget could not be kept. Give the model a price, or name another one.`

function skipped(code: string, reason: string) {
  return { type: 'skipped', code, reason } as const
}

/** A token has one byte or more; what frames messages is less than what JSON adds to them. */
function worstCaseOf({ path, request }: JudgeCall, price: JudgePrice): Nanodollars | null {
  const inputTokens = Buffer.byteLength(JSON.stringify(request))
  return mostOf(price, { inputTokens, outputTokens: path === 'embeddings' ? 0 : MOST_JUDGE_TOKENS })
}

/** At the dearest rates: how much of the prompt was written to a cache is not looked at. */
function usedOf({ usage }: ModelReply, price: JudgePrice): Nanodollars | null {
  return usage && mostOf(price, usage)
}

function mostOf(
  { prices, markupMillionths }: JudgePrice,
  { inputTokens, outputTokens }: { inputTokens: number; outputTokens: number },
): Nanodollars | null {
  let most: Nanodollars = ZERO
  for (const price of prices) {
    const cost = priceWorstCaseEver(inputTokens, outputTokens, price)
    if (cost === null) return null
    if (cost > most) most = cost
  }
  return scaleByMillionths(most, markupMillionths)
}
