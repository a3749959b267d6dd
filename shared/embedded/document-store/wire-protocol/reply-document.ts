import { Long } from 'bson'
import { encode, type Fields } from '../values/bson-values.ts'

/** An answer with a batch of documents that are already encoded. */
export interface CursorReply {
  type: 'cursor'
  batchName: 'firstBatch' | 'nextBatch'
  documents: Uint8Array[]
  id: bigint
  namespace: string
  extra?: Fields
}

/** What a command answers: fields, or a cursor's batch. */
export type Reply = Fields | CursorReply

const DOCUMENT = 0x03
const ARRAY = 0x04

/** The reply as one BSON document. Stored documents are copied in as they are, never decoded. */
export function encodeReply(reply: Reply): Uint8Array {
  if (!isCursorReply(reply)) return encode(reply)
  const batch = wrap(reply.documents.flatMap((document, at) => [element(DOCUMENT, String(at)), document]))
  const cursorFields = [
    element(ARRAY, reply.batchName),
    batch,
    inner({ id: Long.fromBigInt(reply.id), ns: reply.namespace }),
  ]
  return wrap([element(DOCUMENT, 'cursor'), wrap(cursorFields), inner({ ...reply.extra, ok: 1 })])
}

/** Whether an answer carries a batch. */
export function isCursorReply(reply: Reply): reply is CursorReply {
  return reply['type'] === 'cursor' && Array.isArray(reply['documents'])
}

function element(type: number, name: string): Uint8Array {
  const header = Buffer.allocUnsafe(Buffer.byteLength(name) + 2)
  header[0] = type
  header.write(name, 1)
  header[header.length - 1] = 0
  return header
}

function wrap(parts: Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 5)
  const head = Buffer.allocUnsafe(4)
  head.writeInt32LE(length)
  return Buffer.concat([head, ...parts, Buffer.of(0)], length)
}

function inner(fields: Fields): Uint8Array {
  return encode(fields).subarray(4, -1)
}
