import { hash } from 'node:crypto'

/**
 * The id of a variant that calls a model: worked out from what it is, so that all who find the same one at the same
 * time, in whatever process, make one variant and not two.
 *
 * @param fingerprint as `fingerprintVariant` gives it
 */
export function variantIdOf(abTestId: string, fingerprint: string): string {
  return `var_${hash('sha256', `${abTestId}:${fingerprint}`, 'hex').slice(0, 24)}`
}
