import type { ChatMessage } from './chat-request.ts'

/** Of the instructions that come before a conversation only the beginning is read: it says what the conversation is. */
const MOST_INSTRUCTIONS = 1_024

/** The words a prompt is judged by: the beginning of the instructions, and what the user wrote. */
export function readWords(messages: readonly ChatMessage[]): string {
  let instructions = ''
  const written: string[] = []
  for (const { role, content } of messages) {
    if (role === 'user') pushTexts(written, content)
    else if (role === 'system' || role === 'developer') {
      const texts: string[] = []
      pushTexts(texts, content)
      instructions = `${instructions}${texts.join('\n')}\n`.slice(0, MOST_INSTRUCTIONS)
    }
  }
  return instructions + written.join('\n')
}

function pushTexts(texts: string[], content: unknown): void {
  if (typeof content === 'string') texts.push(content)
  else if (Array.isArray(content)) {
    for (const part of content) {
      if (typeof part !== 'object' || part === null) continue
      const { type, text } = part as { readonly type?: unknown; readonly text?: unknown }
      if (type === 'text' && typeof text === 'string') texts.push(text)
    }
  }
}
