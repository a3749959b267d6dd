import type { ChatMessage } from '../llm/chat-request.ts'

/** The longest system prompt that can be part of a variant, in characters. */
export const LONGEST_SYSTEM_PROMPT = 1_000_000

/**
 * The instructions that a conversation begins with: the texts of all system and developer messages before the first of
 * another role, with an empty line between two messages.
 *
 * @param messages of a request that was parsed; content that is no text is left out
 * @returns null where there are none, or only empty ones
 */
export function readSystemPrompt(messages: readonly ChatMessage[]): string | null {
  const texts = messages.slice(0, countLeadingInstructions(messages)).map(({ content }) => textOf(content))
  const prompt = texts.filter((text) => text !== '').join('\n\n')
  return prompt === '' ? null : prompt
}

/** How many messages the conversation's leading instructions are. */
export function countLeadingInstructions(messages: readonly ChatMessage[]): number {
  const first = messages.findIndex(({ role }) => role !== 'system' && role !== 'developer')
  return first === -1 ? messages.length : first
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  const texts = content.map((part: { text?: unknown } | null) => (typeof part?.text === 'string' ? part.text : ''))
  return texts.filter((text) => text !== '').join('\n')
}
