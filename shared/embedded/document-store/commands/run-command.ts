import { CommandError, errorReply } from '../errors.ts'
import { type Fields, isFields, isNumeric, toNumber } from '../values/bson-values.ts'
import { isCursorReply, type Reply } from '../wire-protocol/reply-document.ts'
import type { Command, Store } from './command.ts'
import { COMMANDS } from './registry.ts'

/**
 * Runs one command. What the client did wrong is answered; a write that went wrong here undoes everything
 * that is not on disk yet, since nobody can tell how much of it was done.
 */
export function runCommand(command: Command, store: Store): Reply {
  const { file } = store.catalog
  const changes = file.changes()
  try {
    const failure = store.failPoints.meet(command.name)
    if (failure?.closeConnection) throw new ConnectionEnded()
    if (failure?.error) throw failure.error
    const reply = runHandler(command, store)
    return failure?.writeConcernError ? withField(reply, failure.writeConcernError) : reply
  } catch (error) {
    if (error instanceof ConnectionEnded) throw error
    if (!(error instanceof CommandError) && file.changes() !== changes) {
      file.rollback(error instanceof Error ? error : new Error(String(error)))
    }
    return errorReply(error)
  }
}

function withField(reply: Reply, writeConcernError: Fields): Reply {
  return isCursorReply(reply)
    ? { ...reply, extra: { ...reply.extra, writeConcernError } }
    : { ...reply, writeConcernError }
}

/** Thrown where a fail point ends the connection. */
export class ConnectionEnded extends Error {}

function runHandler(command: Command, store: Store): Reply {
  const handler = COMMANDS[command.name]
  if (!handler) throw new CommandError(59, `no such command: '${command.name}'`)
  checkTransaction(command.body)
  checkConcerns(command.body)
  store.sessions.touch(command.body['lsid'])
  return handler(command, store)
}

function checkTransaction(body: Fields): void {
  if (body['txnNumber'] === undefined) return
  throw new CommandError(20, 'Transaction numbers are only allowed on a replica set member or mongos')
}

function checkConcerns(body: Fields): void {
  const { writeConcern, readConcern } = body
  if (isFields(writeConcern)) {
    const { w } = writeConcern
    if (isNumeric(w) && toNumber(w) > 1) throw new CommandError(2, "cannot use 'w' > 1 when a host is not replicated")
    if (typeof w === 'string' && w !== 'majority')
      throw new CommandError(2, `cannot use non-majority 'w' mode "${w}" when a host is not a member of a replica set`)
  }
  const level = isFields(readConcern) ? readConcern['level'] : undefined
  if (level === 'linearizable' || level === 'snapshot') {
    throw new CommandError(123, 'node needs to be a replica set member to use read concern')
  }
}
