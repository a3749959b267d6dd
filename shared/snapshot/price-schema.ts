import { z } from 'zod'
import { GATEWAYS } from '../llm/gateways.ts'

/** Prices as snapshots carry them: integer nano-dollars for a million of each class, and milliseconds. */

const DAY_MS = 86_400_000

const rate = z.number().int().nonnegative().nullable()
/** Came after the first version: a snapshot without it is one that does not know the price. */
const laterRate = rate.default(null)
const rates = {
  input: rate,
  cacheRead: rate,
  cacheWrite: rate,
  cacheWrite1h: laterRate,
  inputAudio: rate,
  inputImage: laterRate,
  output: rate,
  outputAudio: rate,
  outputImage: laterRate,
  webSearch: laterRate,
}

const numbers = {
  version: z.string().min(1),
  rates: z.object(rates),
  tiers: z.array(z.object({ aboveInputTokens: z.number().int().nonnegative(), ...rates })),
  perRequestNanodollars: z.number().int().nonnegative(),
}

const timeOfDay = z.number().min(0).max(DAY_MS)

const allDay = {
  ...numbers,
  /** Came after the first version, as did `later`: absent, the price holds at all times. */
  daily: z.array(z.object({ ...numbers, fromMs: timeOfDay, toMs: timeOfDay })).optional(),
}

const laterPrice = z.object({ ...allDay, effectiveFrom: z.number().int().nonnegative() })

export const priceSchema = z.object({ ...allDay, later: z.array(laterPrice).optional() })

/** Other prices for one workspace: for what credits pay, or for what its own credentials pay. */
export const priceOverrideSchema = z.object({
  modelId: z.string().min(1),
  gateway: z.enum(GATEWAYS),
  paidBy: z.enum(['credits', 'workspace-credential']),
  prices: z.array(laterPrice).min(1),
})

export type SnapshotPriceOverride = z.infer<typeof priceOverrideSchema>
