import { z } from 'zod'

/** What a process does while Redis is away: keep to its share of the limits, or serve nobody. */
export const AWAY_MODES = ['local', 'closed'] as const
export type AwayMode = (typeof AWAY_MODES)[number]

/** The highest limit that can be set. */
export const HIGHEST_LIMIT = 1_000_000_000
/** Ten thousand requests a second: a guard against programs that run wild more than a limit. */
const DEFAULT_REQUESTS_PER_MINUTE = 600_000

const limit = z.number().int().min(1).max(HIGHEST_LIMIT)
const optional = limit.nullable().default(null)

/** What one key may use. Null: no limit but the workspace's. */
export const keyLimitsSchema = z.object({
  requestsPerMinute: optional,
  tokensPerMinute: optional,
  /** Calls under way at one time. */
  concurrency: optional,
})

/** What all keys of a workspace may use together. Requests always have a limit, so that every answer can tell it. */
export const workspaceLimitsSchema = keyLimitsSchema.extend({
  requestsPerMinute: limit.default(DEFAULT_REQUESTS_PER_MINUTE),
  whenRedisIsAway: z.enum(AWAY_MODES).default('local'),
})

export type KeyLimits = z.infer<typeof keyLimitsSchema>
export type WorkspaceLimits = z.infer<typeof workspaceLimitsSchema>

export const DEFAULT_WORKSPACE_LIMITS: WorkspaceLimits = workspaceLimitsSchema.parse({})
