import type { Allocation } from '../../../shared/ab-tests/ab-test-settings.ts'
import type { AbTest, StoredVariant } from './ab-test-documents.ts'
import type { AbTestType, AllocationType, VariantType } from './ab-tests.types.ts'
import type { ComparedVariantType, VariantComparisonType } from './comparison-types.ts'
import { BUILT_IN_METRICS, type VariantComparison } from './read-comparison.ts'
import { parametersOf } from './variant-documents.ts'

/** An A/B test in the API's words. */
export function toAbTestType(abTest: AbTest): AbTestType {
  const { _id, salt: _salt, version: _version, createdBy: _createdBy, ...fields } = abTest
  return {
    ...fields,
    id: _id,
    allocation: toAllocationType(abTest.allocation),
    allocationChanges: abTest.allocationChanges.map(({ allocation, at, ...change }) => ({
      ...change,
      allocation: toAllocationType(allocation),
      at: new Date(at),
    })),
    promotions: abTest.promotions.map(({ at, ...promotion }) => ({ ...promotion, at: new Date(at) })),
    archivedAt: toDate(abTest.archivedAt),
    createdAt: new Date(abTest.createdAt),
  }
}

export function toVariantType(variant: StoredVariant): VariantType {
  const { _id, abTestId, name, type, fingerprint, gateway, model, systemPrompt, routerId, createdBy } = variant
  return {
    id: _id,
    abTestId,
    name,
    type,
    fingerprint,
    model: gateway === null || model === null ? null : `${gateway}:${model}`,
    systemPrompt,
    parameters: parametersOf(variant),
    routerId,
    archivedAt: toDate(variant.archivedAt),
    createdAt: new Date(variant.createdAt),
    createdBy,
  }
}

/** @param names of variants, by id */
export function toComparisonType(
  abTestId: string,
  { window, productionVariantId, variants }: VariantComparison,
  names: ReadonlyMap<string, string>,
): VariantComparisonType {
  const toVariant = (variant: VariantComparison['variants'][number]): ComparedVariantType => ({
    ...variant,
    name: names.get(variant.variantId) ?? variant.variantId,
    isProduction: variant.variantId === productionVariantId,
    metrics: variant.metrics.map((comparison) => ({ ...comparison, ...describe(comparison.metric) })),
  })
  return {
    abTestId,
    productionVariantId,
    from: new Date(window.from),
    to: new Date(window.to),
    variants: variants.map(toVariant),
  }
}

export const DEFAULT_METRICS: readonly string[] = BUILT_IN_METRICS.map(({ id }) => id)

function describe(metric: string): { unit: string | null; higherIsBetter: boolean | null } {
  const known = BUILT_IN_METRICS.find(({ id }) => id === metric)
  return { unit: known?.unit ?? null, higherIsBetter: known?.higherIsBetter ?? null }
}

function toAllocationType(allocation: Allocation): AllocationType {
  if (allocation.type === 'production') return { type: allocation.type, weights: [], coverage: 1 }
  return { ...allocation, weights: [...allocation.weights] }
}

function toDate(at: number | null): Date | null {
  return at === null ? null : new Date(at)
}
