/**
 * What a provider's failure means for a call, decided once by its adapter.
 *
 * - `request`: this request would fail anywhere. The caller's to mend.
 * - `context-length`: the prompt is too long for this model; another may hold it.
 * - `content-filter`: the provider will not answer this prompt.
 * - `credential`: ours was refused: a person must act, and another credential may serve meanwhile.
 * - `model`: the provider does not know the model, or not for this credential.
 * - `rate-limit`: too many calls with this credential.
 * - `unavailable`: the provider failed; another may not.
 */
export type ProviderFailureType =
  | 'request'
  | 'context-length'
  | 'content-filter'
  | 'credential'
  | 'model'
  | 'rate-limit'
  | 'unavailable'

export interface ProviderFailure {
  readonly type: ProviderFailureType
  /** The vendor's own sentence, shortened. Never empty. */
  readonly message: string
  /** The vendor's own code, for the record; null where it gave none. */
  readonly code: string | null
  /** How long the vendor asks to be left alone; null: it does not say. */
  readonly retryAfterMs: number | null
}
