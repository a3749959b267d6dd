import type { StreamEvent } from '../../shared/llm/stream-event.ts'
import { UnreadableAnswer, type StreamDecoder } from './provider.ts'
import { SseDecoder, type ServerSentEvent } from './sse-decoder.ts'

/**
 * Makes a decoder that never throws: bytes that are no stream of the vendor's become a `stream-error`, after which
 * everything is dropped.
 *
 * @param decode adds the events that a chunk completes; may throw UnreadableAnswer
 */
export function createStreamDecoder(decode: (chunk: Buffer, events: StreamEvent[]) => void): StreamDecoder {
  let failed = false
  return {
    decode(chunk) {
      const events: StreamEvent[] = []
      if (failed) return events
      try {
        decode(chunk, events)
      } catch (error) {
        if (!(error instanceof UnreadableAnswer)) throw error
        failed = true
        const failure = { type: 'unavailable', message: error.message, code: 'unreadable', retryAfterMs: null } as const
        events.push({ type: 'stream-error', failure })
      }
      return events
    },
  }
}

/**
 * The same for a vendor that streams server-sent events.
 *
 * @param read adds what one event means; may throw UnreadableAnswer
 */
export function createSseStreamDecoder(read: (event: ServerSentEvent, events: StreamEvent[]) => void): StreamDecoder {
  const sse = new SseDecoder()
  return createStreamDecoder((chunk, events) => {
    for (const event of sse.decode(chunk)) read(event, events)
  })
}
