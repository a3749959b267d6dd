import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SseDecoder, type ServerSentEvent } from '../../data-plane/providers/sse-decoder.ts'
import { everyCut } from '../helpers/split-bytes.ts'

const decodeAll = (chunks: Iterable<Buffer>): ServerSentEvent[] => {
  const events: ServerSentEvent[] = []
  const decoder = new SseDecoder((event) => events.push(event))
  for (const chunk of chunks) decoder.decode(chunk)
  return events
}

const STREAM = Buffer.from(
  ': a comment\n\nevent: ping\ndata: {"a":"é€😀"}\n\ndata: one\r\ndata:two\r\n\r\nid: 7\rdata: mac\r\r' +
    'retry: 10\n\ndata\n\nevent: lost\n\ndata: [DONE]\n\n',
)
const EVENTS = [
  { name: 'ping', data: '{"a":"é€😀"}' },
  { name: '', data: 'one\ntwo' },
  { name: '', data: 'mac' },
  { name: '', data: '' },
  { name: '', data: '[DONE]' },
]

test('the same events come out however the bytes are cut', () => {
  for (const cut of everyCut(STREAM)) expect(decodeAll(cut)).toEqual(EVENTS)
})

test('any events in any cut come out as they went in', () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\r\n]/g, ''))
  const events = fc.array(fc.array(line, { minLength: 1, maxLength: 3 }), { maxLength: 6 })
  fc.assert(
    fc.property(
      events,
      fc.array(fc.nat(), { maxLength: 8 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      (list, places, end) => {
        const text = list.map((lines) => `${lines.map((one) => `data: ${one}${end}`).join('')}${end}`).join('')
        const bytes = Buffer.from(text)
        const cuts = places.map((place) => place % (bytes.length + 1)).sort((left, right) => left - right)
        const chunks = [0, ...cuts].map((start, index) => bytes.subarray(start, cuts[index] ?? bytes.length))
        expect(decodeAll(chunks)).toEqual(list.map((lines) => ({ name: '', data: lines.join('\n') })))
      },
    ),
  )
})

const MEBIBYTE = 1_048_576

test('an event without end is refused before it fills the memory', () => {
  const endless = [
    Buffer.alloc(MEBIBYTE, 'x'),
    Buffer.alloc(MEBIBYTE, ': comment\n'),
    Buffer.alloc(MEBIBYTE, 'data:\n'),
  ]
  for (const mebibyte of endless) {
    expect(() => decodeAll(Array<Buffer>(10).fill(mebibyte))).toThrow('longer than 8 MiB')
  }
})

test('an event that is too long is refused however it is cut, and those before it are handed over', () => {
  const bytes = Buffer.concat([
    Buffer.from('data: first\n\ndata: '),
    Buffer.alloc(9 * MEBIBYTE, 'x'),
    Buffer.from('\n\n'),
  ])
  for (const size of [bytes.length, MEBIBYTE, 1_000]) {
    const events: ServerSentEvent[] = []
    const decoder = new SseDecoder((event) => events.push(event))
    const decode = (): void => {
      for (let at = 0; at < bytes.length; at += size) decoder.decode(bytes.subarray(at, at + size))
    }
    expect(decode).toThrow('longer than 8 MiB')
    expect(events).toEqual([{ name: '', data: 'first' }])
  }
})

test('a long event that comes byte by byte is put together', () => {
  const bytes = Buffer.from(`data: ${'é€😀'.repeat(30_000)}\n\n`)
  const [event] = decodeAll(Array.from(bytes, (byte) => Buffer.of(byte)))
  expect(event?.data).toBe('é€😀'.repeat(30_000))
})
