import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRecordBuffers, RecordBuffer } from '../../data-plane/settle/record-buffer.ts'

test('what was added comes out as JSON texts with commas between, whatever the records hold', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 20 }), (records) => {
      const buffer = new RecordBuffer(65_536)
      const added = records.filter((record) => buffer.add(JSON.stringify(record)))
      expect(JSON.parse(`[${buffer.filled.toString()}]`)).toEqual(JSON.parse(JSON.stringify(added)))
    }),
  )
})

test('a record that does not fit is refused whole, and one that just fits is taken', () => {
  const buffer = new RecordBuffer(10)
  expect(buffer.add('"1234567"')).toBe(true)
  expect(buffer.add('1')).toBe(false)
  expect(buffer.filled.toString()).toBe('"1234567"')
  expect(new RecordBuffer(10).add('"ééé"')).toBe(true)
  expect(new RecordBuffer(9).add('"éééé"')).toBe(false)
})

test('memory that was given back is used again, empty', () => {
  const buffers = createRecordBuffers({ size: 100, kept: 1 })
  const [first, second] = [buffers.take(), buffers.take()]
  first.add('1')
  buffers.giveBack(first)
  buffers.giveBack(second)
  expect(buffers.take()).toBe(first)
  expect(first.isEmpty).toBe(true)
  expect(buffers.take()).not.toBe(second)
})
