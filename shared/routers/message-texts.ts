import type { TextTarget } from './condition-schema.ts'

/** Characters of a target that are searched. Longer requests cost more than a search, but must not hold up others. */
export const MOST_SEARCHED_CHARACTERS = 1_000_000
const MOST_SEARCHED_MESSAGES = 2_000
const IMAGE_PARTS: ReadonlySet<unknown> = new Set(['image_url', 'input_image', 'image'])

export interface MessageTexts {
  /** Of each message that has any, in the order of the conversation; of one in parts, the lines of its text parts. */
  readonly texts: readonly string[]
  /** Of what came after the bounds, in UTF-16 units. */
  readonly unreadCharacters: number
}

/** @param messages as a stranger sent them: any JSON */
export function collectTexts(messages: unknown, target: TextTarget): MessageTexts {
  const texts: string[] = []
  let room = MOST_SEARCHED_CHARACTERS
  let unreadCharacters = 0
  for (const { content } of messagesOf(messages, target)) {
    const text = textOf(content)
    if (text === '') continue
    const read = texts.length < MOST_SEARCHED_MESSAGES ? Math.min(room, text.length) : 0
    if (read > 0) texts.push(read === text.length ? text : text.slice(0, read))
    room -= read
    unreadCharacters += text.length - read
  }
  return { texts, unreadCharacters }
}

/** Whether any message carries a picture. */
export function findImage(messages: unknown): boolean {
  return asMessages(messages).some(
    (message) => Array.isArray(message?.content) && message.content.some((part: Part) => IMAGE_PARTS.has(part?.type)),
  )
}

/** How often the user has spoken. */
export function countTurns(messages: unknown): number {
  let turns = 0
  for (const message of asMessages(messages)) if (message?.role === 'user') turns += 1
  return turns
}

/** Whatever came as JSON: each field may be anything, and so may the message itself. */
interface Message {
  readonly role?: unknown
  readonly content?: unknown
}
type Part = { readonly type?: unknown; readonly text?: unknown } | null | undefined

function messagesOf(messages: unknown, target: TextTarget): readonly Message[] {
  const all = asMessages(messages)
  const roleOf = (message: Message | null | undefined): unknown => message?.role
  switch (target) {
    case 'any':
      return all.filter((message) => message !== null && message !== undefined)
    case 'last-user': {
      const last = all.findLast((message) => roleOf(message) === 'user')
      return last ? [last] : []
    }
    case 'system':
      return all.filter(
        (message): message is Message => roleOf(message) === 'system' || roleOf(message) === 'developer',
      )
    default:
      return target satisfies never
  }
}

function asMessages(messages: unknown): readonly (Message | null | undefined)[] {
  return Array.isArray(messages) ? (messages as (Message | null)[]) : []
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  const texts: string[] = []
  for (const part of content as Part[]) {
    if (part?.type === 'text' && typeof part.text === 'string') texts.push(part.text)
  }
  return texts.join('\n')
}
