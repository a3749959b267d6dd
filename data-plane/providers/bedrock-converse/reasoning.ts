import type { ChatRequest } from '../../../shared/llm/chat-request.ts'
import type { ModelTraits } from '../anthropic-messages/model-traits.ts'
import { toThinking } from '../anthropic-messages/thinking.ts'
import { asObject, asText, isObject, type JsonObject } from '../vendor-json.ts'
import type { ConverseMessage } from './messages.ts'
import { isClaude } from './model-family.ts'

export interface Reasoning {
  /** Of `additionalModelRequestFields`. */
  readonly modelFields: JsonObject
  /** Of `outputConfig`. */
  readonly effort?: string
  /** Whether a Claude is told to think, which changes what else it takes. */
  readonly isOn: boolean
  /** Whether thinking has a share of the answer's limit, which must then be said. */
  readonly hasBudget: boolean
}

interface ReasoningContext {
  readonly request: ChatRequest
  readonly upstreamModel: string
  readonly traits: ModelTraits
  readonly maxTokens: number
  readonly toolChoice: JsonObject
  readonly messages: readonly ConverseMessage[]
}

/**
 * `reasoning_effort` as each family of models is asked for it. Claude's rules are its own wherever it is hosted; Converse
 * has a place for its effort. A model without a switch, or one that Signalbox does not know by its id, reasons as it
 * likes.
 */
export function toReasoning(context: ReasoningContext): Reasoning {
  const { request, upstreamModel } = context
  if (isClaude(upstreamModel)) return toClaudeReasoning(context)
  const effort = asText(request['reasoning_effort']) || asText(asObject(request['reasoning'])['effort'])
  if (upstreamModel.includes('amazon.nova-2')) return asked(toNovaFields(effort))
  // https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-openai.html
  if (effort !== '' && upstreamModel.includes('openai.gpt-oss')) return asked({ reasoning_effort: effort })
  if (effort !== '' && upstreamModel.includes('openai.')) return asked({ reasoning: { effort } })
  return asked({})
}

function asked(modelFields: JsonObject): Reasoning {
  return { modelFields, isOn: false, hasBudget: false }
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html */
function toClaudeReasoning({ messages, ...context }: ReasoningContext): Reasoning {
  const turns = messages.map(({ role, content }) => ({ role, content: content.map(nameBlock) }))
  const { thinking, effort, isOn } = toThinking({ ...context, turns })
  return {
    modelFields: thinking ? { thinking } : {},
    ...(effort === undefined ? {} : { effort }),
    isOn,
    hasBudget: thinking?.['budget_tokens'] !== undefined,
  }
}

/** What Claude's rules ask of earlier turns: where a tool answered, and where there was thinking. */
function nameBlock(block: JsonObject): JsonObject {
  if (isObject(block['toolResult'])) return { type: 'tool_result' }
  return { type: isObject(block['reasoningContent']) ? 'thinking' : 'text' }
}

/** https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html: three levels, and off. */
function toNovaFields(effort: string): JsonObject {
  if (effort === '') return {}
  if (effort === 'none') return { reasoningConfig: { type: 'disabled' } }
  const level = NOVA_LEVELS.get(effort) ?? 'high'
  return { reasoningConfig: { type: 'enabled', maxReasoningEffort: level } }
}

const NOVA_LEVELS: ReadonlyMap<string, string> = new Map([
  ['minimal', 'low'],
  ['low', 'low'],
  ['medium', 'medium'],
])
