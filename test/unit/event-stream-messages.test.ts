import fc from 'fast-check'
import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { EventStreamMessages, headerText } from '../../data-plane/providers/bedrock-converse/event-stream-messages.ts'
import { UnreadableAnswer } from '../../data-plane/providers/provider.ts'
import { encodeFrames, event } from '../contract/bedrock-streams.ts'
import { everyCut } from '../helpers/split-bytes.ts'

const STREAM = encodeFrames([
  event('messageStart', { role: 'assistant' }),
  [{}, ''],
  event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'é€😀' } }),
])

function decodeAll(chunks: readonly Buffer[]): object[] {
  const messages = new EventStreamMessages()
  return chunks
    .flatMap((chunk) => messages.decode(chunk))
    .map((message) => ({ type: headerText(message, ':event-type'), text: message.payload.toString('utf8') }))
}

function hexOf(text: string): string {
  return Buffer.from(text).toString('hex')
}

/** A prelude that says so, with the checksum that makes it true. */
function prelude(length: number, headersLength: number): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt32BE(length, 0)
  bytes.writeUInt32BE(headersLength, 4)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8)
  return bytes
}

test('the same messages come out however the bytes are cut', () => {
  const whole = decodeAll([STREAM])
  expect(whole).toHaveLength(3)
  for (const cut of everyCut(STREAM)) expect(decodeAll(cut)).toEqual(whole)
})

test.each([
  ['an empty message', '00000010' + '00000000' + '05c248eb' + '7d98c8ff', ''],
  [
    'a message without headers',
    '0000001d' + '00000000' + 'fd528c5a' + hexOf("{'foo':'bar'}") + 'c3653936',
    "{'foo':'bar'}",
  ],
])('the vectors that AWS tests its own decoders with are read: %s', (_name, hex, text) => {
  expect(decodeAll([Buffer.from(hex, 'hex')])).toEqual([{ type: '', text }])
})

test('any messages in any cut come out as they went in, in memory that nobody else writes to', () => {
  const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 400 }), { maxLength: 8 })
  fc.assert(
    fc.property(texts, fc.array(fc.nat(), { maxLength: 12 }), (list, places) => {
      const bytes = encodeFrames(list.map((text) => [{ ':event-type': 'e' }, text]))
      const cuts = places.map((place) => place % (bytes.length + 1)).sort((left, right) => left - right)
      const messages = new EventStreamMessages()
      const decoded = [0, ...cuts].flatMap((start, index) => {
        const chunk = Buffer.from(bytes.subarray(start, cuts[index] ?? bytes.length))
        const found = messages.decode(chunk)
        // A connection uses its memory again.
        chunk.fill(0)
        return found
      })
      expect(decoded.map(({ payload }) => payload.toString('utf8'))).toEqual(list)
    }),
  )
})

test('a byte that changed on its way is noticed, wherever it is', () => {
  for (let at = 0; at < STREAM.length; at += 1) {
    const damaged = Buffer.from(STREAM)
    damaged.writeUInt8(damaged.readUInt8(at) ^ 0x01, at)
    expect(() => decodeAll([damaged])).toThrow(UnreadableAnswer)
  }
})

test.each([
  ['a length of nothing', prelude(0, 0)],
  ['a length shorter than any frame', prelude(15, 0)],
  ['headers longer than the frame', prelude(100, 85)],
  ['headers of four gigabytes', prelude(100, 0xffff_ffff)],
  ['a frame longer than 8 MiB', prelude(8 * 1_048_576 + 1, 0)],
  ['a frame of four gigabytes', prelude(0xffff_ffff, 0)],
  ['a checksum that does not fit', Buffer.alloc(12, 1)],
  ['a page', Buffer.from('<html><body>Bad Gateway</body></html>')],
])('a frame that cannot be is refused as soon as its first twelve bytes are there: %s', (_name, bytes) => {
  expect(() => new EventStreamMessages().decode(bytes.subarray(0, 11))).not.toThrow()
  expect(() => decodeAll([bytes.subarray(0, 11), bytes.subarray(11, 12)])).toThrow(UnreadableAnswer)
})

test('what is cut off within a frame is no message', () => {
  const whole = decodeAll([STREAM]).length
  for (let length = 0; length < STREAM.length; length += 1) {
    expect(decodeAll([STREAM.subarray(0, length)]).length).toBeLessThan(whole)
  }
})

test('a header that claims more bytes than its frame has reads nothing beside the frame', () => {
  const beside = 'what lies beside it in memory'
  const headers = Buffer.from('\u0001x\u0007\u0000\u00ff')
  const bytes = Buffer.concat([prelude(16 + headers.length, headers.length), headers, Buffer.alloc(4)])
  bytes.writeUInt32BE(crc32(bytes.subarray(0, bytes.length - 4)), bytes.length - 4)
  const slab = Buffer.concat([bytes, Buffer.from(beside.repeat(20))])
  expect(() => new EventStreamMessages().decode(slab.subarray(0, bytes.length))).toThrow(UnreadableAnswer)
})

test('a frame of nearly 8 MiB in chunks of 512 bytes is one message, and soon', () => {
  const bytes = encodeFrames([[{ ':event-type': 'large' }, 'x'.repeat(8 * 1_048_576 - 64)]])
  const chunks = Array.from({ length: Math.ceil(bytes.length / 512) }, (_, index) =>
    bytes.subarray(index * 512, (index + 1) * 512),
  )
  expect(decodeAll(chunks)).toHaveLength(1)
})
