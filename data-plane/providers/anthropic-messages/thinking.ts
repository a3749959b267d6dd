import type { ChatRequest } from '../../../shared/llm/chat-request.ts'
import { asObject, asText, isObject, type JsonObject } from '../vendor-json.ts'
import type { Turn } from './conversation.ts'
import type { ModelTraits } from './model-traits.ts'
import { isForced } from './tools.ts'

/**
 * `reasoning_effort` as the vendor's thinking: https://platform.claude.com/docs/en/build-with-claude/thinking
 *
 * - Models that decide for themselves get the effort, and `summarized` thinking, because without it they send none.
 *   `minimal` is `low`, the least there is; `xhigh` is `high` before Claude 4.7.
 * - Older models get a share of the answer's limit as their budget, at least the vendor's least (1,024 tokens). Those
 *   before Claude 3.7 do not think at all.
 * - `none` turns thinking off, or, where it cannot be, asks for the least effort.
 * - With a forced tool, and for an older model in the middle of calls whose thinking the caller did not send back, the
 *   vendor refuses thinking; none is asked for then.
 *
 * The caller's own `thinking` goes through as it came.
 */
export interface Thinking {
  readonly thinking?: JsonObject
  readonly effort?: string
  /** Whether the model is told to think, which older ones do at their own temperature alone. */
  readonly isOn: boolean
}

interface ThinkingContext {
  readonly request: ChatRequest
  readonly traits: ModelTraits
  readonly maxTokens: number
  readonly toolChoice: unknown
  readonly turns: readonly Turn[]
}

export function toThinking({ request, traits, maxTokens, toolChoice, turns }: ThinkingContext): Thinking {
  const asked = asText(request['reasoning_effort']) || asText(asObject(request['reasoning'])['effort'])
  const { thinking } = request
  if (isObject(thinking)) {
    const isOn = thinking['type'] === 'enabled' || thinking['type'] === 'adaptive'
    const effort = toEffort(asked, traits)
    return effort === undefined ? { thinking, isOn } : { thinking, isOn, effort }
  }
  if (asked === '' || traits.thinking === 'none') return { isOn: false }
  if (asked === 'none') return withoutThinking(traits)
  if (traits.thinking === 'adaptive') {
    const effort = toEffort(asked, traits)
    if (isForced(toolChoice)) return { effort, isOn: false }
    return { thinking: { type: 'adaptive', display: 'summarized' }, effort, isOn: true }
  }
  const budget = toBudget(asked, maxTokens)
  if (budget === null || isForced(toolChoice) || continuesWithoutThinking(turns)) return { isOn: false }
  return { thinking: { type: 'enabled', budget_tokens: budget }, isOn: true }
}

function withoutThinking({ thinkingOff }: ModelTraits): Thinking {
  switch (thinkingOff) {
    case 'omit':
      return { isOn: false }
    case 'disabled':
    case 'between_tools':
      return { thinking: { type: thinkingOff }, isOn: false }
    case 'never':
      return { effort: 'low', isOn: false }
    default:
      return thinkingOff satisfies never
  }
}

/** A word that is none of OpenAI's is the vendor's to judge. */
function toEffort(asked: string, { thinking, hasXhighEffort }: ModelTraits): string | undefined {
  if (thinking !== 'adaptive' || asked === '' || asked === 'none') return undefined
  if (asked === 'minimal') return 'low'
  return asked === 'xhigh' && !hasXhighEffort ? 'high' : asked
}

/** Ours to choose: the vendor names no levels for budgets. What is left of the limit is for the answer. */
const SHARES = new Map([
  ['minimal', 0.1],
  ['low', 0.2],
  ['medium', 0.4],
  ['high', 0.6],
  ['xhigh', 0.8],
  ['max', 0.8],
])
const LEAST_BUDGET = 1_024

function toBudget(asked: string, maxTokens: number): number | null {
  const budget = Math.max(LEAST_BUDGET, Math.floor(maxTokens * (SHARES.get(asked) ?? 0.4)))
  return budget < maxTokens ? budget : null
}

/** https://platform.claude.com/docs/en/build-with-claude/extended-thinking: such a turn has to begin with thinking. */
function continuesWithoutThinking(turns: readonly Turn[]): boolean {
  const last = turns.at(-1)
  if (!last?.content.some(({ type }) => type === 'tool_result')) return false
  const answered = turns.findLast(({ role }) => role === 'assistant')?.content[0]?.['type']
  return answered !== 'thinking' && answered !== 'redacted_thinking'
}
