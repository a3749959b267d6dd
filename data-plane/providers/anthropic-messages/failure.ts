import type { ProviderFailure } from '../../../shared/llm/provider-failure.ts'
import { readRetryAfterMs } from '../../../shared/network/retry-after.ts'
import type { ProviderRefusal } from '../provider.ts'

/** What a refusal of the Messages API means. */
export function classifyMessagesFailure({ headers, now }: ProviderRefusal): ProviderFailure {
  return { type: 'unavailable', message: 'no reason given', code: null, retryAfterMs: readRetryAfterMs(headers, now) }
}
