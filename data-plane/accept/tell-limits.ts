import { limitHeaders, type AnswerHeaders } from '../answer-headers.ts'
import type { LimitReader } from '../limits/call-limits.ts'

interface LimitHeadersDeps {
  /** The limits of who calls; null where that cannot be known. */
  readonly findLimits: (authorization: string | undefined) => Promise<LimitReader | null>
  readonly nowMs: () => number
}

/** The headers that tell of the limits of who calls, by what they sent as `Authorization`; none where nobody knows them. */
export type TellLimits = (authorization: string | undefined) => Promise<AnswerHeaders>

/** Answers that Fastify itself sends, not the pipeline, tell the limits too: unknown paths, bodies too large. */
export function createTellLimits({ findLimits, nowMs }: LimitHeadersDeps): TellLimits {
  return async (authorization) => limitHeaders(await findLimits(authorization), nowMs())
}
