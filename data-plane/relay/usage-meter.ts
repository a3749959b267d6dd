import { NO_USAGE, totalOutputTokens, type Usage } from '../../shared/llm/usage.ts'
import type { RequestContext } from '../request-context.ts'

/** English text in the tokenizers of current models; an estimate says that it is one. */
const CHARACTERS_PER_TOKEN = 4

/** Characters the model wrote in one message or delta: text, reasoning and the arguments of tools. */
export function countCharacters(message: Record<string, unknown>): number {
  // Where both are there they are the same words.
  let count = lengthOf(message['content']) + lengthOf(message['reasoning_content'] ?? message['reasoning'])
  const calls = message['tool_calls']
  if (!Array.isArray(calls)) return count
  for (const call of calls) count += lengthOf(call?.function?.name) + lengthOf(call?.function?.arguments)
  return count
}

/**
 * Usage by rule of thumb, for an answer that began and for which the provider reported none: the caller left, the
 * stream was cut, or the provider does not count.
 */
export function estimateUsage({ body, answerCharacters }: RequestContext): Usage {
  return {
    ...NO_USAGE,
    uncachedInputTokens: Math.ceil(body.length / CHARACTERS_PER_TOKEN),
    outputTokens: Math.ceil(answerCharacters / CHARACTERS_PER_TOKEN),
    estimated: true,
  }
}

/**
 * Usage of an answer that was cut, or whose provider told no last count. What the provider had counted by then holds for
 * the prompt, which some count before they begin (Anthropic, with what its cache served); of the answer such a count
 * knows next to nothing, so that what was written is estimated where that is more.
 */
export function estimateRest(context: RequestContext, counted: Usage | null): Usage {
  const estimate = estimateUsage(context)
  if (counted === null) return estimate
  const missing = Math.max(0, estimate.outputTokens - totalOutputTokens(counted))
  return { ...counted, outputTokens: counted.outputTokens + missing, estimated: true }
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' ? value.length : 0
}
