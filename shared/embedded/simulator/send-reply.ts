import type { ServerResponse } from 'node:http'
import type { Reply } from './reply.ts'

/** Plays a planned reply. A caller who leaves ends it. */
export function sendReply(response: ServerResponse, reply: Reply): void {
  if (!reply.head) {
    if (reply.ending === 'reset') response.socket?.resetAndDestroy()
    return
  }
  after(response, reply.delayMs, () => begin(response, reply))
}

function begin(response: ServerResponse, reply: Reply): void {
  if (!reply.head) return
  response.writeHead(reply.head.status, reply.head.headers)
  if (reply.firstPartDelayMs > 0) response.flushHeaders()
  after(response, reply.firstPartDelayMs, () => {
    if (reply.partsPerSecond > 0) sendPaced(response, reply)
    else sendAtOnce(response, reply)
  })
}

function after(response: ServerResponse, delayMs: number, act: () => void): void {
  if (delayMs <= 0) {
    act()
    return
  }
  const timer = setTimeout(act, delayMs)
  response.once('close', () => clearTimeout(timer))
}

function sendAtOnce(response: ServerResponse, reply: Reply): void {
  const [only] = reply.parts
  if (reply.ending === 'end' && reply.parts.length === 1) {
    response.end(only)
    return
  }
  const { socket } = response
  // With the socket corked, the chunks stay chunks of the transfer encoding and leave in one system call. (Corking the
  // response instead loses them: Node 24 sends the end of a corked response before what is in it.)
  socket?.cork()
  for (const part of reply.parts) response.write(part)
  finish(response, reply)
  socket?.uncork()
}

function sendPaced(response: ServerResponse, reply: Reply): void {
  const { parts, partsPerSecond } = reply
  const started = performance.now()
  let sent = 0
  let timer: NodeJS.Timeout | undefined
  const send = (): void => {
    const due = Math.min(parts.length, 1 + Math.floor(((performance.now() - started) * partsPerSecond) / 1_000))
    let taken = true
    for (; sent < due; sent += 1) taken = response.write(parts[sent] ?? '')
    if (sent === parts.length) finish(response, reply)
    else if (taken) timer = setTimeout(send, Math.max(0, started + (sent * 1_000) / partsPerSecond - performance.now()))
    else response.once('drain', send)
  }
  response.once('close', () => clearTimeout(timer))
  send()
}

function finish(response: ServerResponse, { ending }: Reply): void {
  switch (ending) {
    case 'end':
      response.end()
      return
    case 'hang':
      // Headers without a part would else wait for one.
      response.flushHeaders()
      return
    case 'cut':
    case 'reset':
      response.flushHeaders()
      // Only what the kernel has taken reaches the caller of a socket that is destroyed.
      setImmediate(() => response.socket?.write('', () => response.socket?.destroy()))
      return
    default:
      ending satisfies never
  }
}
