import { hash } from 'node:crypto'

/**
 * Whether a metric looks at an answer: the same for both, whoever asks and however often, and independent between the
 * metrics of a test. Of many answers the share `rate` is looked at: SHA-256 is uniform over 32 bits.
 *
 * @param rate 0 to 1
 */
export function isSampled(generationId: string, metricId: string, rate: number): boolean {
  if (rate >= 1) return true
  return Number.parseInt(hash('sha256', `${generationId}:${metricId}`, 'hex').slice(0, 8), 16) / 2 ** 32 < rate
}
