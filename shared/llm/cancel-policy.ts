import { z } from 'zod'
import { GATEWAYS, type Gateway } from './gateways.ts'

/**
 * What becomes of an answer that has begun when its caller leaves. `stop` closes the connection to the provider at once:
 * what the provider has not told by then is estimated. `finish` goes on reading, so that the call is charged by the
 * provider's own usage: for providers that ask for the whole answer although nobody reads it.
 */
export const CANCEL_MODES = ['stop', 'finish'] as const
export type CancelMode = (typeof CANCEL_MODES)[number]

export const SHORTEST_FINISH_MS = 1_000
export const LONGEST_FINISH_MS = 600_000

export const cancelPolicySchema = z.object({
  /** For every gateway that `gateways` does not name. */
  mode: z.enum(CANCEL_MODES).default('stop'),
  gateways: z.partialRecord(z.enum(GATEWAYS), z.enum(CANCEL_MODES)).default({}),
  /** How long `finish` reads on, in milliseconds from when the caller left; then it stops. */
  finishWithinMs: z.number().int().min(SHORTEST_FINISH_MS).max(LONGEST_FINISH_MS).default(30_000),
})

export type CancelPolicy = z.infer<typeof cancelPolicySchema>

export const DEFAULT_CANCEL_POLICY: CancelPolicy = cancelPolicySchema.parse({})

/** What is done with answers of this gateway. */
export function cancelModeOf({ mode, gateways }: CancelPolicy, gateway: Gateway): CancelMode {
  return gateways[gateway] ?? mode
}
