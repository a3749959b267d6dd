import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** What an experiment's unit was taken from. A unit of `request` never comes back: its assignment need not be kept. */
export type UnitSource = 'metadata' | 'user_id' | 'user' | 'session' | 'conversation' | 'request'

/**
 * Whom or what an A/B test assigns. The id is 32 hexadecimal digits of a SHA-256: what a caller sends is often a name
 * or an address of a person, and must not be stored, logged or shown in clear. A hash of something guessable can be
 * guessed by whoever holds it: it is a pseudonym, no more.
 */
export interface FoundUnit {
  readonly unitId: string
  readonly source: UnitSource
}

export interface UnitRequest {
  /** The parsed body, from a stranger: nothing about it is taken for granted. */
  readonly body: unknown
  readonly headers: IncomingHttpHeaders
  /** The id that Signalbox gave the call. */
  readonly requestId: string
  /** The key of `metadata` that the A/B test takes its unit from; null: none is set. */
  readonly metadataKey: string | null
  /** The workspace: the same user of two workspaces is two units. */
  readonly workspaceId: string
}

const SESSION_HEADER = 'x-session-id'

/**
 * Finds the unit: what the test's own metadata key says, else `metadata.user_id`, `user`, the header `x-session-id`,
 * the conversation (its first instructions and the user's first message), or at last the request itself. A name that is
 * neither a text nor a number, or empty, is none.
 *
 * A user is the same unit whether named in `user` or in `metadata.user_id`.
 */
export function findUnit({ body, headers, requestId, metadataKey, workspaceId }: UnitRequest): FoundUnit {
  const named = findName({ body, headers, metadataKey })
  if (named) return { unitId: unitIdOf(workspaceId, named.kind, named.name), source: named.source }
  const conversation = beginningOfConversation(readOwn(body, 'messages'))
  if (conversation !== null) {
    return { unitId: unitIdOf(workspaceId, 'conversation', conversation), source: 'conversation' }
  }
  return { unitId: unitIdOf(workspaceId, 'request', requestId), source: 'request' }
}

interface Named {
  /** Names of two kinds never meet, even where they read alike. */
  readonly kind: string
  readonly name: string
  readonly source: UnitSource
}

function findName({ body, headers, metadataKey }: Pick<UnitRequest, 'body' | 'headers' | 'metadataKey'>): Named | null {
  const metadata = readOwn(body, 'metadata')
  if (metadataKey !== null) {
    const name = readName(readOwn(metadata, metadataKey))
    const kind = metadataKey === 'user_id' ? 'user' : `metadata.${metadataKey}`
    if (name !== null) return { kind, name, source: 'metadata' }
  }
  const userId = readName(readOwn(metadata, 'user_id'))
  if (userId !== null) return { kind: 'user', name: userId, source: 'user_id' }
  const user = readName(readOwn(body, 'user'))
  if (user !== null) return { kind: 'user', name: user, source: 'user' }
  const session = readName(headers[SESSION_HEADER])
  if (session !== null) return { kind: 'session', name: session, source: 'session' }
  return null
}

/** Only a property of the object's own: `metadata.constructor` is nobody's name. */
function readOwn(value: unknown, field: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.hasOwn(value, field) ? Reflect.get(value, field) : undefined
}

/** 42 and "42" are one name: clients write ids either way. */
function readName(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  return typeof value === 'string' && value !== '' ? value : null
}

/** Longer names go through a hash of their own first, of this much of them: a name of megabytes is no name. */
const LONGEST_NAME = 128
const MOST_CHARACTERS = 4_096

function unitIdOf(workspaceId: string, kind: string, name: string): string {
  const bounded = name.length <= LONGEST_NAME ? `=${name}` : `#${name.length}:${hash('sha256', cut(name), 'hex')}`
  // The length of the kind, which holds a key that somebody chose, makes sure that no two triples read alike.
  return hash('sha256', `${workspaceId}\n${kind.length}:${kind}\n${bounded}`, 'hex').slice(0, 32)
}

function cut(text: string): string {
  return text.slice(0, MOST_CHARACTERS)
}

/** What stays the same while a conversation grows; null: it has neither instructions nor a user's message. */
function beginningOfConversation(messages: unknown): string | null {
  if (!Array.isArray(messages)) return null
  const instructions = beginningOf(messages.find((message) => hasRole(message, INSTRUCTING)))
  const question = beginningOf(messages.find((message) => hasRole(message, ASKING)))
  return instructions === '' && question === '' ? null : JSON.stringify([instructions, question])
}

const INSTRUCTING = ['system', 'developer']
const ASKING = ['user']

function hasRole(message: unknown, roles: readonly string[]): boolean {
  return roles.some((role) => readOwn(message, 'role') === role)
}

/** So many parts of a message tell conversations apart. */
const MOST_PARTS = 16

function beginningOf(message: unknown): string {
  const content = readOwn(message, 'content')
  if (typeof content === 'string') return cut(content)
  if (!Array.isArray(content)) return ''
  return cut(content.slice(0, MOST_PARTS).map(describePart).join('\n'))
}

/** So much of a picture's, a sound's or a file's text: with its length it tells one from another. */
const MOST_DATA_CHARACTERS = 512
/** https://platform.openai.com/docs/api-reference/chat/create: where each kind of part holds what it is about. */
const DATA_FIELDS = [
  ['image_url', 'url'],
  ['input_audio', 'data'],
  ['video_url', 'url'],
  ['file', 'file_data'],
  ['file', 'file_id'],
] as const

/** A question may be nothing but a picture: then conversations about two pictures are two units. */
function describePart(part: unknown): string {
  const text = readOwn(part, 'text')
  if (typeof text === 'string') return text
  for (const [field, name] of DATA_FIELDS) {
    const held = readOwn(part, field)
    const data = typeof held === 'string' ? held : readOwn(held, name)
    if (typeof data === 'string') return describeData(field, stablePartOf(data))
  }
  return ''
}

function describeData(field: string, data: string): string {
  return `${field} ${data.length} ${data.slice(0, MOST_DATA_CHARACTERS)}`
}

/** The same file is often sent anew under an address with another signature in its query. */
function stablePartOf(data: string): string {
  return data.startsWith('http') ? data.slice(0, MOST_CHARACTERS).replace(/[?#].*$/s, '') : data
}
