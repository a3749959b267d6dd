import { z } from 'zod'
import { GATEWAYS } from './gateways.ts'
import { OBJECTIVES, PROVIDER_SORTS, SERVICES } from './routing-vocabulary.ts'

/**
 * How a workspace wants calls routed that do not say it themselves. Every part has a default, so that what was written
 * before a part came, or says only some of them, reads as one that leaves the rest open.
 */

const gateways = z.array(z.enum(GATEWAYS))
/** Nano-dollars for a million tokens. Null: no ceiling. */
const ceiling = z.number().int().nonnegative().nullable().default(null)

const providerDefaultsSchema = z.object({
  only: gateways.nullable().default(null),
  ignore: gateways.default([]),
  sort: z.enum(PROVIDER_SORTS).nullable().default(null),
  denyDataCollection: z.boolean().default(false),
  zeroRetention: z.boolean().default(false),
  maxInputRate: ceiling,
  maxOutputRate: ceiling,
})

export const routingDefaultsSchema = z.object({
  objective: z.enum(OBJECTIVES).nullable().default(null),
  service: z.enum(SERVICES).nullable().default(null),
  /** Models to try after the one that was asked for, as callers write them. */
  fallbacks: z.array(z.string().min(1)).default([]),
  provider: providerDefaultsSchema.prefault({}),
  /** Whether `auto` goes by what the workspace's own A/B tests and benchmarks measured, beside public rankings. */
  learnFromScores: z.boolean().default(true),
})

export type RoutingDefaults = z.infer<typeof routingDefaultsSchema>

export const NO_ROUTING_DEFAULTS: RoutingDefaults = routingDefaultsSchema.parse({})
