import type { FastifyReply, FastifyRequest } from 'fastify'
import { SignalboxError } from '../shared/errors/define-error.ts'
import type { Surface } from '../shared/llm/surfaces.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import { readApiKey } from './accept/accept-request.ts'
import { limitHeaders } from './answer-headers.ts'
import type { createAuthorizeCaller } from './authorize/authorize-caller.ts'
import { takePlace, type Place } from './authorize/check-rate-limit.ts'
import type { LimitKeeper } from './limits/limit-keeper.ts'
import type { KeyOwner } from './snapshot/snapshot-store.ts'

interface LookupDeps {
  readonly keyPrefix: string
  readonly authorizeCaller: ReturnType<typeof createAuthorizeCaller>
  readonly limits: LimitKeeper
  readonly clock: Clock
}

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** Lets in whoever may use an API and has a place in the limits, for as long as `answer` takes. Gives what that gives. */
export type ServeLookup = <Answer>(
  exchange: Exchange,
  answer: (caller: KeyOwner) => Answer | Promise<Answer>,
) => Promise<Answer>

/**
 * The path of a request that asks no provider, top to bottom: a list of models, a score, the look-up of a generation. It
 * meets the checks of a call but for money: its key, its API, and the limits on requests, those under way too. It counts
 * whatever comes of it, unless the fault is ours; of tokens it uses none.
 *
 * @returns for one API the function that serves its requests; that rejects with SignalboxError as `authorizeCaller` and
 *   `takePlace` do
 */
export function createServeLookup({ keyPrefix, authorizeCaller, limits, clock }: LookupDeps) {
  return (surface: Surface): ServeLookup =>
    async ({ request, reply }, answer) => {
      const place: Place = { limits: null, permits: null }
      let counts = true
      try {
        const caller = await authorizeCaller(readApiKey(request.headers.authorization, keyPrefix), surface)
        await takePlace(place, limits.of(caller), { tokens: 0, clock })
        return await answer(caller)
      } catch (error) {
        counts = error instanceof SignalboxError && error.owner === 'client'
        throw error
      } finally {
        const nowMs = clock.monotonicMs()
        // Told as a call's are: while it holds its place.
        reply.headers(limitHeaders(place.limits, nowMs))
        place.permits?.settle({ counts, tokens: 0, nowMs })
      }
    }
}
