import type { ChatMessage, ChatRequest } from '../llm/chat-request.ts'
import { isParameter, isRequestField } from './generation-parameters.ts'
import { countLeadingInstructions } from './system-prompt.ts'
import { normalizeParameters, type GenerationParameters } from './variant-fingerprint.ts'
import type { ModelVariant } from './variant-settings.ts'

interface ApplyOptions {
  /**
   * Whether the variant alone says how to generate, as behind a router: the request's parameters are left out, but for
   * its tools, without which the tool calls among its messages could not be understood. Else they stay where the
   * variant says nothing.
   */
  readonly lock: boolean
}

/**
 * The request as a variant answers it: the variant's model with its gateway's prefix, its parameters, and its system
 * prompt, if it has one, in place of the leading instructions. Signalbox's own fields are left out.
 *
 * @returns a new object; the request is not changed, but parts of it are shared
 */
export function applyVariant(request: ChatRequest, variant: ModelVariant, { lock }: ApplyOptions): ChatRequest {
  const parameters = normalizeParameters(variant.parameters)
  const replaced = fieldsReplacedBy(parameters)
  const kept = Object.entries(request).filter(([field]) => {
    if (isRequestField(field)) return true
    return isParameter(field) && !replaced.has(field) && (!lock || TOOL_FIELDS.includes(field))
  })
  return {
    ...Object.fromEntries(kept),
    ...parameters,
    model: `${variant.gateway}:${variant.model}`,
    messages: withSystemPrompt(request.messages, variant.systemPrompt),
  }
}

const TOOL_FIELDS: readonly string[] = ['tools', 'tool_choice', 'parallel_tool_calls', 'functions', 'function_call']

/** Parameters that speak of one thing: who sets one of them sets them all. */
const FAMILIES: readonly (readonly string[])[] = [
  TOOL_FIELDS,
  ['max_tokens', 'max_completion_tokens'],
  ['logprobs', 'top_logprobs'],
  ['reasoning_effort', 'reasoning'],
]

function fieldsReplacedBy(parameters: GenerationParameters): ReadonlySet<string> {
  const families = FAMILIES.filter((family) => family.some((field) => Object.hasOwn(parameters, field)))
  return new Set([...families.flat(), ...Object.keys(parameters)])
}

function withSystemPrompt(messages: readonly ChatMessage[], systemPrompt: string | null): readonly ChatMessage[] {
  if (systemPrompt === null || systemPrompt === '') return messages
  return [{ role: 'system', content: systemPrompt }, ...messages.slice(countLeadingInstructions(messages))]
}
