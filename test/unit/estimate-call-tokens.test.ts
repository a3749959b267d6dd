import { expect, test } from 'vitest'
import { estimateCallTokens } from '../../data-plane/authorize/estimate-call-tokens.ts'

const estimate = (request: object): number => estimateCallTokens(request, JSON.stringify(request).length)
const bytesOf = (request: object): number => JSON.stringify(request).length
const ask = (content: unknown, fields: object = {}) => ({
  model: 'm',
  messages: [{ role: 'user', content }],
  ...fields,
})

test('a prompt of text is bounded by its bytes, and the answer by what the caller allows', () => {
  const request = ask('What is it?', { max_tokens: 20 })
  expect(estimate(request)).toBe(bytesOf(request) + 20)
  const newer = ask('What is it?', { max_completion_tokens: 30, max_tokens: 20 })
  expect(estimate(newer)).toBe(bytesOf(newer) + 30)
})

test('each of several answers counts', () => {
  const request = ask('x', { max_tokens: 20, n: 3 })
  expect(estimate(request)).toBe(bytesOf(request) + 60)
})

test('without a bound an answer is taken to be of usual length, and none is longer than any is', () => {
  expect(estimate(ask('x'))).toBe(bytesOf(ask('x')) + 4_096)
  const boundless = ask('x', { max_tokens: 2_000_000_000, n: 2_000_000_000 })
  expect(estimate(boundless)).toBeLessThan(20_000_000)
})

test('embeddings have no answer to count', () => {
  const request = { model: 'm', input: ['one', 'two'] }
  expect(estimate(request)).toBe(bytesOf(request))
})

test('a picture counts as pictures do, however large its data are; a file by its pages', () => {
  const data = 'A'.repeat(1_000_000)
  const picture = ask([{ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } }], { max_tokens: 1 })
  expect(estimate(picture)).toBeLessThan(3_000)
  const file = ask([{ type: 'file', file: { file_data: `data:application/pdf;base64,${data}` } }], { max_tokens: 1 })
  expect(estimate(file)).toBeGreaterThan(40_000)
  expect(estimate(file)).toBeLessThan(50_000)
})

test('text is not hidden among the parts of a message', () => {
  const text = 'word '.repeat(2_000)
  expect(estimate(ask([{ type: 'text', text }], { max_tokens: 1 }))).toBeGreaterThan(text.length)
})

test('a body of odd parts is estimated all the same', () => {
  for (const content of [[null], [1], ['x'], [{ type: 'image_url' }], [{ type: 'file', file: null }], null, '']) {
    expect(estimate(ask(content, { max_tokens: 1 }))).toBeGreaterThan(0)
  }
})
