import type { AbTestSettings } from '../../shared/ab-tests/ab-test-settings.ts'
import { assignVariant, prepareTest, type Assignment, type PreparedTest } from '../../shared/ab-tests/assign-variant.ts'
import { fingerprintVariant } from '../../shared/ab-tests/variant-fingerprint.ts'
import type { Variant } from '../../shared/ab-tests/variant-settings.ts'

/** An A/B test as the serving path sees it. */
export interface AbTestView {
  readonly settings: AbTestSettings
  /** Null: all live traffic gets the production variant. */
  readonly prepared: PreparedTest | null
  /** Null: none was promoted. */
  readonly production: Variant | null
  findVariant(id: string): Variant | null
  findByFingerprint(fingerprint: string): Variant | null
  /** The variant by weights alone; null: the unit takes no part. */
  propose(unitId: string): Assignment | null
}

/** Builds the view; done once a revision of the workspace, when the test is first called. */
export function createAbTestView(settings: AbTestSettings): AbTestView {
  const byId = new Map(settings.variants.map((variant) => [variant.id, variant]))
  const prepared = prepare(settings)
  let byFingerprint: Map<string, Variant> | null = null
  return {
    settings,
    prepared,
    production: settings.productionVariantId === null ? null : (byId.get(settings.productionVariantId) ?? null),
    findVariant: (id) => byId.get(id) ?? null,
    findByFingerprint(fingerprint) {
      byFingerprint ??= indexByFingerprint(settings.variants)
      return byFingerprint.get(fingerprint) ?? null
    },
    propose: (unitId) => prepared && assignVariant(prepared, unitId),
  }
}

function prepare({ id, salt, allocation }: AbTestSettings): PreparedTest | null {
  if (allocation.type === 'production') return null
  return prepareTest({ testId: id, salt, arms: allocation.weights, coverage: allocation.coverage })
}

function indexByFingerprint(variants: readonly Variant[]): Map<string, Variant> {
  return new Map(
    variants.flatMap((variant) => (variant.type === 'model' ? [[fingerprintVariant(variant), variant] as const] : [])),
  )
}
