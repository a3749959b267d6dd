import type { Socket } from 'node:net'
import type { Command, Store } from '../commands/command.ts'
import { ConnectionEnded, runCommand } from '../commands/run-command.ts'
import { createFrameReader } from './frames.ts'
import { errorReply } from '../errors.ts'
import { MalformedMessage, type Message, parseMessage, writeReply } from './messages.ts'
import { encodeReply, type Reply } from './reply-document.ts'

let lastReplyId = 0

/** Serves one client until it leaves or sends something that is no message. */
export function serveConnection(socket: Socket, store: Store): void {
  const incoming = createFrameReader()
  socket.setNoDelay(true)
  // A client that vanishes is not the server's error.
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const frame of incoming(chunk)) serveMessage(socket, readFrame(frame), store)
    } catch (error) {
      if (!(error instanceof MalformedMessage || error instanceof ConnectionEnded)) throw error
      socket.destroy()
    }
  })
}

function readFrame(frame: Buffer): Message {
  try {
    return parseMessage(frame)
  } catch (error) {
    throw error instanceof MalformedMessage ? error : new MalformedMessage(String(error))
  }
}

function serveMessage(socket: Socket, message: Message, store: Store): void {
  const reply = encoded(runCommand(toCommand(message), store))
  if (message.silent) return store.catalog.file.settled(() => undefined)
  // No answer leaves before everything it may have seen is on disk.
  store.catalog.file.settled((error) => {
    const document = error ? encodeReply(errorReply(error)) : reply
    // One write: a reply in two parts costs more in system calls than the copy does.
    socket.write(Buffer.concat(writeReply(message, document, ++lastReplyId & 0x7fffffff)))
  })
}

/** An answer that cannot be written, such as one over the limit of a document, is that command's error. */
function encoded(reply: Reply): Uint8Array {
  try {
    return encodeReply(reply)
  } catch (error) {
    return encodeReply(errorReply(error))
  }
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
