import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { ChatMessage, ChatRequest } from '../../shared/llm/chat-request.ts'

/** So much of a message tells conversations apart. */
const MOST_CHARACTERS = 4_096
const SESSION_HEADER = 'x-session-id'

/**
 * What a conversation is known by over its turns, in every process: the session or the user that the caller names, else
 * the first instructions and the first words of the user, which stay the same while it grows.
 *
 * @param keyId conversations of two keys are never one
 */
export function conversationKey(keyId: string, request: ChatRequest, headers: IncomingHttpHeaders): string {
  const session = headers[SESSION_HEADER]
  const { user } = request
  const named = typeof session === 'string' && session !== '' ? session : typeof user === 'string' ? user : ''
  const name = named === '' ? `words\n${firstWords(request.messages)}` : `name\n${named.slice(0, MOST_CHARACTERS)}`
  return hash('sha256', `${keyId}\n${name}`, 'base64url')
}

function firstWords(messages: readonly ChatMessage[]): string {
  const instructions = messages.find(({ role }) => role === 'system' || role === 'developer')
  const question = messages.find(({ role }) => role === 'user')
  return JSON.stringify([beginningOf(instructions), beginningOf(question)])
}

/** Only text: pictures are often sent anew under another address. */
function beginningOf(message: ChatMessage | undefined): string {
  const content = message?.content
  if (typeof content === 'string') return content.slice(0, MOST_CHARACTERS)
  if (!Array.isArray(content)) return ''
  const texts = content.map((part: { text?: unknown } | null) => (typeof part?.text === 'string' ? part.text : ''))
  return texts.join('\n').slice(0, MOST_CHARACTERS)
}
