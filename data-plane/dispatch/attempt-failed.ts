import type { ProviderFailureType } from '../../shared/llm/provider-failure.ts'
import type { ProviderAnswer } from '../providers/provider.ts'

/**
 * Why an attempt failed: what a provider said, or `timeout`, `connection`, `caller-gone`; `untranslatable` where the
 * provider has no words for what was asked; `invalid-output` where the answer is not of the form that was promised.
 */
export class AttemptFailed extends Error {
  readonly reason: ProviderFailureType | 'untranslatable' | 'timeout' | 'connection' | 'caller-gone' | 'invalid-output'
  readonly status: number | null
  readonly retryAfterMs: number | null
  /** The answer of an `invalid-output`: its provider charges for it, though nobody reads it. */
  readonly answer: ProviderAnswer | null

  constructor(failure: {
    reason: AttemptFailed['reason']
    message: string
    status?: number | null
    retryAfterMs?: number | null
    answer?: ProviderAnswer
    cause?: unknown
  }) {
    super(failure.message, { cause: failure.cause })
    this.name = 'AttemptFailed'
    this.reason = failure.reason
    this.status = failure.status ?? null
    this.retryAfterMs = failure.retryAfterMs ?? null
    this.answer = failure.answer ?? null
  }
}
