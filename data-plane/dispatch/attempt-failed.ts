import type { ProviderFailureType } from '../../shared/llm/provider-failure.ts'

/**
 * Why an attempt failed: what a provider said, or `timeout`, `connection`, `caller-gone`; `untranslatable` where the
 * provider has no words for what was asked.
 */
export class AttemptFailed extends Error {
  readonly reason: ProviderFailureType | 'untranslatable' | 'timeout' | 'connection' | 'caller-gone'
  readonly status: number | null
  readonly retryAfterMs: number | null

  constructor(failure: {
    reason: AttemptFailed['reason']
    message: string
    status?: number | null
    retryAfterMs?: number | null
    cause?: unknown
  }) {
    super(failure.message, { cause: failure.cause })
    this.name = 'AttemptFailed'
    this.reason = failure.reason
    this.status = failure.status ?? null
    this.retryAfterMs = failure.retryAfterMs ?? null
  }
}
