import { HEADER_BYTES, MalformedMessage } from './messages.ts'

/** The longest message a server of this kind takes; `hello` says so. */
export const MAX_MESSAGE_BYTES = 48_000_000

/**
 * Cuts a stream of bytes into frames. Chunks are joined once, when their frame is whole: joining each as it comes would copy
 * the beginning of a large message hundreds of times.
 */
export function createFrameReader(): (chunk: Buffer) => Generator<Buffer> {
  let chunks: Buffer[] = []
  let received = 0
  let wanted = HEADER_BYTES
  return function* (chunk) {
    chunks.push(chunk)
    received += chunk.length
    if (received < wanted) return
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks, received)
    let at = 0
    wanted = HEADER_BYTES
    while (bytes.length - at >= HEADER_BYTES) {
      wanted = checkedLength(bytes.readInt32LE(at))
      if (bytes.length - at < wanted) break
      yield bytes.subarray(at, at + wanted)
      at += wanted
      wanted = HEADER_BYTES
    }
    chunks = at < bytes.length ? [bytes.subarray(at)] : []
    received = bytes.length - at
  }
}

function checkedLength(length: number): number {
  if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES) throw new MalformedMessage(`message of ${length} bytes`)
  return length
}
