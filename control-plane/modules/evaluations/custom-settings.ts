import { z } from 'zod'

/** Of a metric whose values callers send: between which they lie, or nothing of it. */
export const customSettings = z
  .strictObject({ lowest: z.number(), highest: z.number() })
  .refine(({ lowest, highest }) => lowest < highest)
  .or(z.strictObject({}).transform((): Partial<{ lowest: number; highest: number }> => ({})))
