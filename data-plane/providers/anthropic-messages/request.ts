import type { ChatCall } from '../provider.ts'
import type { JsonObject } from '../vendor-json.ts'

/**
 * A chat request as a Messages body, without what its hosts say differently: `model`, `stream`, `anthropic_version`.
 *
 * @throws UntranslatableRequest
 */
export function toMessagesRequest({ request }: ChatCall): JsonObject {
  return { messages: request.messages }
}
