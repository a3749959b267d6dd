import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { variantArchived, variantNotFound } from './ab-tests.errors.ts'
import type { StoredVariant } from './ab-test-documents.ts'
import type { AbTestReference } from './change-ab-test.ts'

/** Gives a variant that may be used; throws `variantNotFound`, `variantArchived`. */
export type FindVariant = (reference: AbTestReference, variantId: string) => Promise<StoredVariant>

export function createFindVariant(variants: WorkspaceCollection<StoredVariant>): FindVariant {
  return async ({ workspaceId, abTestId }, variantId) => {
    const variant = await variants.findOne(workspaceId, { _id: variantId, abTestId })
    if (!variant) throw variantNotFound({}, { param: 'variantId' })
    if (variant.archivedAt !== null) throw variantArchived({}, { param: 'variantId' })
    return variant
  }
}
