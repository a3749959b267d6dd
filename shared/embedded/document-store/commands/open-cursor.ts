import { takeBatch } from '../cursors.ts'
import { CommandError } from '../errors.ts'
import { isNumeric, toNumber, type Value } from '../values/bson-values.ts'
import type { CursorReply } from '../wire-protocol/reply-document.ts'
import type { Command, Store } from './command.ts'

const FIRST_BATCH = 101

interface NewCursor {
  namespace: string
  documents: Iterator<Uint8Array>
  limit: number
  command: Command
}

/** Answers with the first batch, and keeps what is left under a cursor. */
export function openCursor(store: Store, { namespace, documents, limit, command }: NewCursor): CursorReply {
  const { body } = command
  const batchSize = batchSizeOf(command, body['cursor'])
  const batch = takeBatch(documents, limit > 0 ? Math.min(batchSize, limit) : batchSize)
  const done = batch.done || body['singleBatch'] === true || (limit > 0 && batch.documents.length >= limit)
  const id = done ? 0n : store.cursors.open(namespace, documents, body['noCursorTimeout'] === true)
  return { type: 'cursor', batchName: 'firstBatch', documents: batch.documents, id, namespace }
}

function batchSizeOf(command: Command, cursor: Value): number {
  const source =
    command.name === 'find' ? command.body['batchSize'] : (cursor as { batchSize?: Value } | undefined)?.batchSize
  if (source === undefined || source === null) return FIRST_BATCH
  if (!isNumeric(source)) throw new CommandError(14, `BSON field 'batchSize' is the wrong type`)
  const size = toNumber(source)
  if (size < 0) throw new CommandError(51024, `BSON field 'batchSize' value must be >= 0, actual value '${size}'`)
  return size
}
