import { crc32 } from 'node:zlib'
import { HeaderMarshaller, type MessageHeaders } from '@smithy/eventstream-codec'
import { UnreadableAnswer } from '../provider.ts'

/**
 * Decodes AWS event streams (https://smithy.io/2.0/aws/amazon-eventstream.html) from bytes cut anywhere. What is
 * incomplete is kept until the rest has come, never more than one frame of it; both checksums are verified.
 */
export class EventStreamMessages {
  #tail: Buffer = NOTHING
  /** How much of `#tail` holds bytes; the rest is room to grow into. */
  #length = 0

  /**
   * @param messages is given the messages that this chunk completes, also those before bytes that are refused
   * @returns the same
   * @throws UnreadableAnswer when the bytes are no event stream, or a frame is longer than 8 MiB
   */
  decode(chunk: Buffer, messages: EventStreamMessage[] = []): EventStreamMessage[] {
    const bytes = this.#length === 0 ? chunk : this.#append(chunk)
    let start = 0
    for (let end = frameEnd(bytes, start); end !== null; end = frameEnd(bytes, start)) {
      messages.push(decodeFrame(bytes.subarray(start, end)))
      start = end
    }
    // The chunk belongs to the connection: what is kept is copied.
    if (bytes === chunk || start > 0) this.#keep(bytes.subarray(start))
    return messages
  }

  #append(chunk: Buffer): Buffer {
    const length = this.#length + chunk.length
    if (length > this.#tail.length) {
      // Doubled, so that a frame in many small chunks is not copied once for each.
      const grown = Buffer.allocUnsafe(Math.max(length, this.#tail.length * 2))
      this.#tail.copy(grown, 0, 0, this.#length)
      this.#tail = grown
    }
    chunk.copy(this.#tail, this.#length)
    this.#length = length
    return this.#tail.subarray(0, length)
  }

  #keep(rest: Buffer): void {
    this.#tail = rest.length === 0 ? NOTHING : Buffer.from(rest)
    this.#length = rest.length
  }
}

export interface EventStreamMessage {
  readonly headers: MessageHeaders
  readonly payload: Buffer
}

const NOTHING = Buffer.alloc(0)

/** The length of the frame, the length of its headers, and a checksum of both: four bytes each. */
const PRELUDE_LENGTH = 12
const CHECKSUM_LENGTH = 4
const SHORTEST_FRAME = PRELUDE_LENGTH + CHECKSUM_LENGTH

/**
 * AWS allows 24 MiB. Converse's events are deltas of text, a few hundred bytes each, so the limit is that of
 * server-sent events: one endless frame must not fill the memory.
 */
const LONGEST_FRAME = 8 * 1_048_576

/**
 * Where the frame that starts at `start` ends; null while it is incomplete. Of a whole frame the codec checks the rest;
 * of one that has only begun the prelude is checked here, for a length that was never meant would be waited for in vain.
 */
function frameEnd(bytes: Buffer, start: number): number | null {
  const available = bytes.length - start
  if (available < PRELUDE_LENGTH) return null
  const length = bytes.readUInt32BE(start)
  if (length <= available && length >= SHORTEST_FRAME && length <= LONGEST_FRAME) return start + length
  const isMeant = bytes.readUInt32BE(start + 8) === crc32(bytes.subarray(start, start + 8))
  if (!isMeant || length < SHORTEST_FRAME || bytes.readUInt32BE(start + 4) > length - SHORTEST_FRAME) throw damaged()
  if (length > LONGEST_FRAME) throw new UnreadableAnswer('a frame of the event stream is longer than 8 MiB')
  return null
}

/** Said alike of a frame that has only begun and of a whole one: where the bytes were cut must make no difference. */
function damaged(cause?: unknown): UnreadableAnswer {
  return new UnreadableAnswer('the stream is no AWS event stream, or was damaged on its way', cause)
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

const headerMarshaller = new HeaderMarshaller(
  (bytes) => (typeof bytes === 'string' ? bytes : utf8.decode(bytes)),
  (text) => Buffer.from(text, 'utf8'),
)

/** Both checksums by Node's own code: the codec's, in JavaScript, took half of a stream's time. */
function decodeFrame(frame: Buffer): EventStreamMessage {
  const headersEnd = PRELUDE_LENGTH + frame.readUInt32BE(4)
  const end = frame.length - CHECKSUM_LENGTH
  if (
    headersEnd > end ||
    frame.readUInt32BE(8) !== crc32(frame.subarray(0, 8)) ||
    frame.readUInt32BE(end) !== crc32(frame.subarray(0, end))
  ) {
    throw damaged()
  }
  // The frame's memory belongs to the connection.
  const payload = Buffer.from(frame.subarray(headersEnd, end))
  return { headers: readHeaders(frame.subarray(PRELUDE_LENGTH, headersEnd)), payload }
}

/** The headers of a stream's events are nearly always the same few bytes; so many different ones are remembered. */
const MOST_KNOWN_HEADERS = 64
const LONGEST_KNOWN_HEADERS = 512
const knownHeaders = new Map<string, MessageHeaders>()

function readHeaders(bytes: Buffer): MessageHeaders {
  const key = bytes.toString('latin1')
  const known = knownHeaders.get(key)
  if (known) return known
  let headers: MessageHeaders
  try {
    // In memory of its own: a header that claims to be longer than it is must not read what lies beside the frame.
    headers = headerMarshaller.parse(new DataView(new Uint8Array(bytes).buffer))
  } catch (error) {
    throw damaged(error)
  }
  if (bytes.length <= LONGEST_KNOWN_HEADERS && knownHeaders.size < MOST_KNOWN_HEADERS) knownHeaders.set(key, headers)
  return headers
}

/** A header's text; empty where it is missing or no text. */
export function headerText({ headers }: EventStreamMessage, name: string): string {
  const header = Object.hasOwn(headers, name) ? headers[name] : undefined
  return header?.type === 'string' ? header.value : ''
}
