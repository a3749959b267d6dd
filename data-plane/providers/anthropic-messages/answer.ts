import type { ChatCall, ProviderAnswer } from '../provider.ts'
import { parseObject } from '../vendor-json.ts'

/**
 * A whole message as a `chat.completion`.
 *
 * @throws UnreadableAnswer
 */
export function fromMessagesAnswer(_call: ChatCall, bytes: Buffer): ProviderAnswer {
  return { body: parseObject(bytes.toString('utf8')), usage: null, finishReason: null }
}
