import { expect, test } from 'vitest'
import { FailedAnswer, UnreadableAnswer } from '../../data-plane/providers/provider.ts'
import { createSseStreamDecoder, createStreamDecoder } from '../../data-plane/providers/stream-decoder.ts'
import type { ProviderFailure } from '../../shared/llm/provider-failure.ts'
import type { StreamEvent } from '../../shared/llm/stream-event.ts'

const failure: ProviderFailure = { type: 'rate-limit', message: 'slow down', code: '429', retryAfterMs: null }
const failed: StreamEvent = { type: 'stream-error', failure }
const end: StreamEvent = { type: 'stream-end' }

test('nothing comes after an error, neither in its chunk nor in a later one', () => {
  const decoder = createStreamDecoder((_chunk, events) => events.push(end, failed, end, failed))
  expect(decoder.decode(Buffer.from('x'))).toEqual([end, failed])
  expect(decoder.decode(Buffer.from('x'))).toEqual([])
})

test('what came before unreadable bytes is kept, and an error that is thrown says what it is', () => {
  const decoder = createSseStreamDecoder(({ data }, events) => {
    if (data === 'bad') throw new UnreadableAnswer('the answer is not valid JSON')
    if (data === 'failed') throw new FailedAnswer(failure)
    events.push(end)
  })
  expect(decoder.decode(Buffer.from('data: 1\n\ndata: failed\n\ndata: 2\n\n'))).toEqual([end, failed])

  const other = createSseStreamDecoder(() => {
    throw new UnreadableAnswer('the answer is not valid JSON')
  })
  expect(other.decode(Buffer.from('data: 1\n\n'))).toEqual([
    {
      type: 'stream-error',
      failure: {
        type: 'unavailable',
        message: 'the answer is not valid JSON',
        code: 'unreadable',
        retryAfterMs: null,
      },
    },
  ])
})

test('a fault of the adapter’s own is not hidden as the vendor’s', () => {
  const decoder = createStreamDecoder(() => {
    throw new TypeError('a fault of ours')
  })
  expect(() => decoder.decode(Buffer.from('x'))).toThrow('a fault of ours')
})
