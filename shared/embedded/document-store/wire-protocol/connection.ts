import type { Socket } from 'node:net'
import type { Command, Store } from '../commands/command.ts'
import { ConnectionEnded, runCommand } from '../commands/run-command.ts'
import { MAX_MESSAGE_BYTES } from '../commands/server-commands.ts'
import { errorReply } from '../errors.ts'
import { HEADER_BYTES, MalformedMessage, type Message, parseMessage, writeReply } from './messages.ts'
import { encodeReply } from './reply-document.ts'

let lastReplyId = 0

/** Serves one client until it leaves or sends something that is no message. */
export function serveConnection(socket: Socket, store: Store): void {
  let pending: Buffer = Buffer.alloc(0)
  socket.setNoDelay(true)
  // A client that vanishes is not the server's error.
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    try {
      pending = serveFrames(socket, pending, store)
    } catch (error) {
      if (!(error instanceof MalformedMessage || error instanceof ConnectionEnded)) throw error
      socket.destroy()
    }
  })
}

function serveFrames(socket: Socket, received: Buffer, store: Store): Buffer {
  let at = 0
  while (received.length - at >= HEADER_BYTES) {
    const length = received.readInt32LE(at)
    if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES) throw new MalformedMessage(`message of ${length} bytes`)
    if (received.length - at < length) break
    serveMessage(socket, readFrame(received.subarray(at, at + length)), store)
    at += length
  }
  return received.subarray(at)
}

function readFrame(frame: Buffer): Message {
  try {
    return parseMessage(frame)
  } catch (error) {
    throw error instanceof MalformedMessage ? error : new MalformedMessage(String(error))
  }
}

function serveMessage(socket: Socket, message: Message, store: Store): void {
  const reply = runCommand(toCommand(message), store)
  if (message.silent) return store.catalog.file.settled(() => undefined)
  // No answer leaves before everything it may have seen is on disk.
  store.catalog.file.settled((error) => {
    const document = encodeReply(error ? errorReply(error) : reply)
    socket.cork()
    for (const part of writeReply(message, document, ++lastReplyId & 0x7fffffff)) socket.write(part)
    socket.uncork()
  })
}

function toCommand(message: Message): Command {
  const [name = ''] = Object.keys(message.body)
  const database = message.body['$db']
  return {
    name,
    body: message.body,
    database: typeof database === 'string' ? database : 'admin',
    sequences: message.sequences,
  }
}
