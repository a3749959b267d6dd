import type { ProviderFailureType } from '../../shared/llm/provider-failure.ts'

/** Why an attempt failed: what a provider said, or `timeout`, `connection`, `unreadable`, `caller-gone`. */
export class AttemptFailed extends Error {
  readonly reason: ProviderFailureType | 'timeout' | 'connection' | 'caller-gone'
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
