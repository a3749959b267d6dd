import { MOST_VARIANTS } from '../../../shared/ab-tests/ab-test-settings.ts'
import type { StoredVariant } from './ab-test-documents.ts'

/** Of a variant without traffic: a larger one is not published. In characters of its prompt and its parameters. */
export const LARGEST_PUBLISHED = 32_000
/** Of all a test's variants without traffic together: requests make variants, and data planes hold them in memory. */
const MOST_CHARACTERS = 4_000_000

/**
 * The variants that data planes are told of: all with traffic, and of the others the first ones, up to bounds. What is
 * left out is found again by its fingerprint when a request is for it.
 *
 * @param others those without traffic, the most wanted first
 */
export function choosePublishedVariants(
  withTraffic: readonly StoredVariant[],
  others: readonly StoredVariant[],
): StoredVariant[] {
  const chosen = [...withTraffic]
  let room = MOST_CHARACTERS
  for (const variant of others) {
    if (chosen.length >= MOST_VARIANTS || variant.size > room) break
    room -= variant.size
    chosen.push(variant)
  }
  return chosen
}
