import type { AbTest, Promotion } from './ab-test-documents.ts'

/** Changes of the production variant that are kept with the test. */
const MOST_PROMOTIONS = 500

/** The fields that change the production variant and remember who did. */
export function promotionFields(abTest: AbTest, change: Omit<Promotion, 'from'>): Partial<AbTest> {
  const promotion: Promotion = { ...change, from: abTest.productionVariantId }
  return {
    productionVariantId: change.to,
    productionVersion: abTest.productionVersion + 1,
    promotions: [...abTest.promotions, promotion].slice(-MOST_PROMOTIONS),
  }
}

/**
 * The variant that a rollback brings back: the one before the last promotion that no rollback has undone yet.
 *
 * @returns null: there was none
 */
export function variantBefore(promotions: readonly Promotion[]): string | null {
  const standing: Promotion[] = []
  for (const promotion of promotions) {
    if (promotion.type === 'promotion') standing.push(promotion)
    else standing.pop()
  }
  return standing.at(-1)?.from ?? null
}
