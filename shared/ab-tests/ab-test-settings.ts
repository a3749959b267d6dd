import { z } from 'zod'
import { variantSchema } from './variant-settings.ts'

/**
 * An A/B test as the control plane tells the data planes of it. Whoever makes one has checked that its weights sum to 1,
 * that every id in it is one of its variants', and that no router in it leads back to it.
 */

const share = z.number().min(0).max(1)

const allocation = z.discriminatedUnion('type', [
  /** All live traffic gets the production variant. */
  z.object({ type: z.literal('production') }),
  z.object({
    type: z.literal('weights'),
    weights: z.array(z.object({ variantId: z.string(), weight: share })).min(1),
    /** Share of all units that take part; the others get the production variant. */
    coverage: share,
  }),
])

export const abTestSchema = z.object({
  id: z.string().min(1),
  name: z.string(),
  /** Drawn when the test is made and never changed. */
  salt: z.string().min(1),
  /** Rises with every change of the weights, the coverage or the set of variants that have one. */
  weightsVersion: z.number().int().nonnegative(),
  allocation,
  /** Where in `metadata` the experimental unit is named; null: the usual places. */
  unitMetadataKey: z.string().nullable(),
  productionVariantId: z.string().nullable(),
  variants: z.array(variantSchema),
  /** Which prompts join the test's benchmark: this share of them. */
  captureRate: share,
  /** Of the answers without an expected output, the share that is wanted by evaluators that need none. */
  evaluationRate: share,
})

export type AbTestSettings = z.infer<typeof abTestSchema>
export type Allocation = z.infer<typeof allocation>

/** More variants are not published: those that are not are found and made again by their fingerprints. */
export const MOST_VARIANTS = 1_000
