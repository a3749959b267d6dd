import { Long } from 'bson'
import { takeBatch } from '../cursors.ts'
import { CommandError } from '../errors.ts'
import { isNumeric, toNumber, type Value } from '../values/bson-values.ts'
import type { Reply } from '../wire-protocol/reply-document.ts'
import { collectionName, type Command, countArgument, type Store } from './command.ts'

/** The `getMore` command. */
export function getMore(command: Command, store: Store): Reply {
  const collection = command.body['collection']
  if (typeof collection !== 'string')
    throw new CommandError(40414, "BSON field 'getMore.collection' is missing but a required field")
  const namespace = `${command.database}.${collection}`
  const cursor = store.cursors.take(cursorId(command.body['getMore']), namespace)
  const batchSize = countArgument(command, 'batchSize')
  try {
    const batch = takeBatch(cursor.documents, batchSize === 0 ? Number.POSITIVE_INFINITY : batchSize)
    if (batch.done) store.cursors.kill(cursor.id)
    return {
      type: 'cursor',
      batchName: 'nextBatch',
      documents: batch.documents,
      id: batch.done ? 0n : cursor.id,
      namespace,
    }
  } catch (error) {
    store.cursors.kill(cursor.id)
    throw error
  }
}

/** The `killCursors` command. */
export function killCursors(command: Command, store: Store): Reply {
  const namespace = `${command.database}.${collectionName(command)}`
  const ids = command.body['cursors']
  if (!Array.isArray(ids))
    throw new CommandError(40414, "BSON field 'killCursors.cursors' is missing but a required field")
  const killed: Value[] = []
  const missing: Value[] = []
  for (const id of ids) (store.cursors.kill(cursorId(id), namespace) ? killed : missing).push(id)
  return { cursorsKilled: killed, cursorsNotFound: missing, cursorsAlive: [], cursorsUnknown: [], ok: 1 }
}

function cursorId(value: Value): bigint {
  if (value instanceof Long) return value.toBigInt()
  if (!isNumeric(value))
    throw new CommandError(14, "BSON field 'getMore.getMore' is the wrong type, expected type 'long'")
  return BigInt(toNumber(value))
}
