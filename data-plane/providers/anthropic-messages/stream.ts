import type { ChatCall, StreamDecoder } from '../provider.ts'
import { createSseStreamDecoder } from '../stream-decoder.ts'

/** A streamed message as `chat.completion.chunk` objects. */
export function createMessagesStreamDecoder(_call: ChatCall): StreamDecoder {
  return createSseStreamDecoder(() => undefined)
}
