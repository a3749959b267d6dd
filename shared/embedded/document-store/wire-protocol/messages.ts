/*
 * The frames of MongoDB's wire protocol, as far as a modern driver speaks it: OP_MSG, and OP_QUERY for the first handshake.
 * Anything malformed throws, and the connection it came from is closed; no other connection notices.
 */
import { decode, type Fields } from '../values/bson-values.ts'
import { crc32c } from './crc32c.ts'

export const HEADER_BYTES = 16
const OP_REPLY = 1
const OP_QUERY = 2004
const OP_COMPRESSED = 2012
const OP_MSG = 2013
const CHECKSUM_PRESENT = 1
const MORE_TO_COME = 2
/** A receiver must refuse flags among the first sixteen that it does not know. */
const UNKNOWN_REQUIRED_FLAGS = 0xffff & ~(CHECKSUM_PRESENT | MORE_TO_COME)

/** A message from a client. */
export interface Message {
  requestId: number
  body: Fields
  sequences: Map<string, Uint8Array[]>
  /** Whether the client wants no answer. */
  silent: boolean
  /** Whether it came as an OP_QUERY, and must be answered by an OP_REPLY. */
  legacy: boolean
}

export class MalformedMessage extends Error {}

/** Reads one whole frame. */
export function parseMessage(frame: Buffer): Message {
  const requestId = frame.readInt32LE(4)
  const operation = frame.readInt32LE(12)
  if (operation === OP_MSG) return parseOpMsg(frame, requestId)
  if (operation === OP_QUERY) return parseOpQuery(frame, requestId)
  if (operation === OP_COMPRESSED) throw new MalformedMessage('OP_COMPRESSED was not agreed on in the handshake')
  throw new MalformedMessage(`unsupported operation ${operation}`)
}

function parseOpMsg(frame: Buffer, requestId: number): Message {
  if (frame.length < HEADER_BYTES + 5) throw new MalformedMessage('OP_MSG is too short')
  const flags = frame.readUInt32LE(HEADER_BYTES)
  if (flags & UNKNOWN_REQUIRED_FLAGS) throw new MalformedMessage(`OP_MSG has unknown flags ${flags}`)
  const end = flags & CHECKSUM_PRESENT ? checkedEnd(frame) : frame.length
  let body: Fields | undefined
  const sequences = new Map<string, Uint8Array[]>()
  let at = HEADER_BYTES + 4
  while (at < end) {
    const kind = frame[at++]
    if (kind === 0) {
      if (body) throw new MalformedMessage('OP_MSG has two bodies')
      const size = sizeAt(frame, at, end)
      body = decode(frame.subarray(at, at + size))
      at += size
    } else if (kind === 1) {
      const size = sizeAt(frame, at, end)
      parseSequence(frame.subarray(at + 4, at + size), sequences)
      at += size
    } else {
      throw new MalformedMessage(`OP_MSG has a section of unknown kind ${kind}`)
    }
  }
  if (!body) throw new MalformedMessage('OP_MSG has no body')
  return { requestId, body, sequences, silent: (flags & MORE_TO_COME) !== 0, legacy: false }
}

function checkedEnd(frame: Buffer): number {
  const end = frame.length - 4
  if (crc32c(frame.subarray(0, end)) !== frame.readUInt32LE(end))
    throw new MalformedMessage('OP_MSG checksum does not match')
  return end
}

function parseSequence(section: Buffer, sequences: Map<string, Uint8Array[]>): void {
  const zero = section.indexOf(0)
  if (zero < 0) throw new MalformedMessage('document sequence has no name')
  const name = section.toString('utf8', 0, zero)
  if (sequences.has(name)) throw new MalformedMessage(`two document sequences are called ${name}`)
  const documents: Uint8Array[] = []
  let at = zero + 1
  while (at < section.length) {
    const size = sizeAt(section, at, section.length)
    documents.push(section.subarray(at, at + size))
    at += size
  }
  sequences.set(name, documents)
}

function sizeAt(frame: Buffer, at: number, end: number): number {
  const size = at + 4 <= end ? frame.readInt32LE(at) : -1
  if (size < 5 || at + size > end) throw new MalformedMessage('a section is longer than its message')
  return size
}

function parseOpQuery(frame: Buffer, requestId: number): Message {
  const zero = frame.indexOf(0, HEADER_BYTES + 4)
  if (zero < 0) throw new MalformedMessage('OP_QUERY has no namespace')
  const namespace = frame.toString('utf8', HEADER_BYTES + 4, zero)
  const at = zero + 9
  const body = decode(frame.subarray(at, at + sizeAt(frame, at, frame.length)))
  return {
    requestId,
    body: { ...body, $db: namespace.split('.')[0] ?? 'admin' },
    sequences: new Map(),
    silent: false,
    legacy: true,
  }
}

/** Writes the answer to a message. */
export function writeReply(message: Message, document: Uint8Array, replyId: number): Buffer[] {
  return message.legacy ? legacyReply(message, document, replyId) : opMsgReply(message, document, replyId)
}

function opMsgReply(message: Message, document: Uint8Array, replyId: number): Buffer[] {
  const head = Buffer.alloc(HEADER_BYTES + 5)
  writeHeader(head, { length: head.length + document.length, replyId, requestId: message.requestId, operation: OP_MSG })
  return [head, asBuffer(document)]
}

function legacyReply(message: Message, document: Uint8Array, replyId: number): Buffer[] {
  const head = Buffer.alloc(HEADER_BYTES + 20)
  writeHeader(head, {
    length: head.length + document.length,
    replyId,
    requestId: message.requestId,
    operation: OP_REPLY,
  })
  // Flags, cursor id and position stay zero; one document follows.
  head.writeInt32LE(1, HEADER_BYTES + 16)
  return [head, asBuffer(document)]
}

function writeHeader(
  head: Buffer,
  fields: { length: number; replyId: number; requestId: number; operation: number },
): void {
  head.writeInt32LE(fields.length, 0)
  head.writeInt32LE(fields.replyId, 4)
  head.writeInt32LE(fields.requestId, 8)
  head.writeInt32LE(fields.operation, 12)
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
