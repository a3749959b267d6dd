import type { Clock } from '../../../shared/runtime/clock.ts'
import { nothingToRollBack, promotionConflict } from './ab-tests.errors.ts'
import type { AbTest } from './ab-test-documents.ts'
import type { AbTestReference, ChangeAbTest } from './change-ab-test.ts'
import type { FindVariant } from './find-variant.ts'
import { promotionFields, variantBefore } from './production-history.ts'

interface ProductionChange extends AbTestReference {
  /** The `productionVersion` that whoever decides has seen; null: what is there when the change begins. */
  readonly seenVersion: number | null
  /** The user. */
  readonly by: string
}

/** Of two changes that were decided on the same production variant, the second throws `promotionConflict`. */
export interface ProductionChanges {
  promote(change: ProductionChange & { readonly variantId: string }): Promise<AbTest>
  /** Brings back the variant before the last promotion that stands; again, the one before that. */
  rollBack(change: ProductionChange): Promise<AbTest>
}

interface Deps {
  readonly change: ChangeAbTest
  readonly findVariant: FindVariant
  readonly clock: Clock
}

export function createChangeProduction({ change, findVariant, clock }: Deps): ProductionChanges {
  return {
    promote({ seenVersion, by, variantId, ...reference }) {
      const refuseUnseen = createVersionGuard(seenVersion)
      return change(reference, async (abTest) => {
        refuseUnseen(abTest)
        await findVariant(reference, variantId)
        if (abTest.productionVariantId === variantId) return {}
        return promotionFields(abTest, { type: 'promotion', to: variantId, by, at: clock.now() })
      })
    },

    rollBack({ seenVersion, by, ...reference }) {
      const refuseUnseen = createVersionGuard(seenVersion)
      return change(reference, async (abTest) => {
        refuseUnseen(abTest)
        const to = variantBefore(abTest.promotions)
        if (to === null) throw nothingToRollBack({})
        await findVariant(reference, to)
        return promotionFields(abTest, { type: 'rollback', to, by, at: clock.now() })
      })
    },
  }
}

/** A change may be decided anew when others come first, but not when they changed what it is about. */
function createVersionGuard(seenVersion: number | null): (abTest: AbTest) => void {
  let seen = seenVersion
  return ({ productionVersion }) => {
    seen ??= productionVersion
    if (productionVersion !== seen) throw promotionConflict({}, { param: 'productionVersion' })
  }
}
