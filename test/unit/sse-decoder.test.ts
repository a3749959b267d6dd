import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SseDecoder } from '../../data-plane/providers/sse-decoder.ts'
import { everyCut } from '../helpers/split-bytes.ts'

const decodeAll = (chunks: readonly Buffer[]): object[] => {
  const decoder = new SseDecoder()
  return chunks.flatMap((chunk) => decoder.decode(chunk))
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

test('an event without end is refused before it fills the memory', () => {
  const decoder = new SseDecoder()
  const mebibyte = Buffer.alloc(1_048_576, 'x')
  expect(() => {
    for (let count = 0; count < 10; count += 1) decoder.decode(mebibyte)
  }).toThrow('longer than 8 MiB')
})
