import type { SimulatorMessage } from './chat-request.ts'

/**
 * The simulator's tokens: each run of letters and digits is one, each other mark that is not white space is one. White
 * space belongs to the token after it, so that tokens joined are the text again. No model counts like this, but every
 * count can be checked by eye.
 */
const TOKEN = /\s*(?:[\p{L}\p{N}]+|[^\s\p{L}\p{N}])|\s+$/gu

/** What a chat costs beyond its texts: three tokens a message and three to prime the answer, as OpenAI documents. */
const PER_MESSAGE = 3
const PER_ANSWER = 3
/** What a picture, a sound or a file in a message counts. */
const PER_ATTACHMENT = 85

/** Cuts a text into tokens; joined they are the text. */
export function splitTokens(text: string): string[] {
  return text.match(TOKEN) ?? []
}

/** How many tokens a text has. */
export function countTokens(text: string): number {
  return splitTokens(text).length
}

/** How many tokens the messages and the tools of a chat have. */
export function countPromptTokens(messages: readonly SimulatorMessage[], tools: readonly unknown[]): number {
  const inMessages = messages.reduce((sum, message) => sum + PER_MESSAGE + 1 + countContent(message.content), 0)
  return PER_ANSWER + inMessages + (tools.length === 0 ? 0 : countTokens(JSON.stringify(tools)))
}

/** The text of a message's content, whichever of its two forms it has. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part: { text?: unknown }) => (typeof part?.text === 'string' ? part.text : '')).join('')
}

function countContent(content: unknown): number {
  const attachments = Array.isArray(content)
    ? content.filter((part: { type?: unknown }) => part?.type !== 'text').length
    : 0
  return countTokens(textOf(content)) + attachments * PER_ATTACHMENT
}
