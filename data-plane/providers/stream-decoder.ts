import type { ProviderFailure } from '../../shared/llm/provider-failure.ts'
import type { StreamEvent } from '../../shared/llm/stream-event.ts'
import { FailedAnswer, UnreadableAnswer, type StreamDecoder } from './provider.ts'
import { SseDecoder, type ServerSentEvent } from './sse-decoder.ts'

/**
 * Makes a decoder that never throws: a failure told inside the stream, and bytes that are no stream of the vendor's,
 * become a `stream-error`, after which everything is dropped.
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
        events.push({ type: 'stream-error', failure: asFailure(error) })
      }
      failed = endAtError(events)
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
  let completed: StreamEvent[] = []
  const sse = new SseDecoder((event) => read(event, completed))
  return createStreamDecoder((chunk, events) => {
    completed = events
    sse.decode(chunk)
  })
}

function asFailure(error: unknown): ProviderFailure {
  if (error instanceof FailedAnswer) return error.failure
  // Anything else is a fault of the adapter's own, and must be seen.
  if (!(error instanceof UnreadableAnswer)) throw error
  return { type: 'unavailable', message: error.message, code: 'unreadable', retryAfterMs: null }
}

/** Nothing comes after an error, also not of the same chunk: where the bytes were cut must not matter. */
function endAtError(events: StreamEvent[]): boolean {
  for (let index = 0; index < events.length; index += 1) {
    if (events[index]?.type !== 'stream-error') continue
    events.length = index + 1
    return true
  }
  return false
}
