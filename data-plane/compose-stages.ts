import type { Registry } from 'prom-client'
import { createRecentFingerprints } from '../shared/ab-tests/recent-fingerprints.ts'
import { createStickyAssignments } from '../shared/ab-tests/sticky-assignments.ts'
import type { Redis } from '../shared/redis/connect.ts'
import { andThen } from '../shared/runtime/and-then.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { CreateId } from '../shared/runtime/id.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { composeDispatching } from './compose-dispatching.ts'
import { composeProxy } from './compose-proxy.ts'
import { composeRecords } from './compose-records.ts'
import { createAcceptRequest } from './accept/accept-request.ts'
import { asSignalboxError, logFailure, replyWithError } from './accept/reply-with-error.ts'
import { checkRateLimit } from './authorize/check-rate-limit.ts'
import type { FindLimits } from './authorize/find-limits.ts'
import type { createAuthorizeCaller } from './authorize/authorize-caller.ts'
import { reserveMoney } from './authorize/reserve-money.ts'
import { createDecideCall } from './decide/decide-call.ts'
import { createDirectCall } from './decide/direct/direct-call.ts'
import { createDecider } from './decide/choose-candidates.ts'
import type { UpstreamAnswer } from './dispatch/attempt-upstream.ts'
import { dispatchWithFallback } from './dispatch/dispatch-with-fallback.ts'
import type { ForwardedAnswer } from './dispatch/forward-call.ts'
import type { DataPlaneEnvironment } from './environment.ts'
import type { HealthBook } from './health/health-book.ts'
import type { LeaseKeeper } from './leases/lease-keeper.ts'
import type { LimitKeeper } from './limits/limit-keeper.ts'
import type { Stages } from './pipeline.ts'
import type { RequestContext } from './request-context.ts'
import { createRunCells } from './run-cells.ts'
import { relayStream } from './relay/relay-stream.ts'
import { relayWhole } from './relay/relay-whole.ts'
import type { UnreadAnswers } from './relay/unread-answers.ts'
import { createRequestMetrics } from './settle/request-metrics.ts'
import { createSettleRequest } from './settle/settle-request.ts'
import type { KeyOwner } from './snapshot/snapshot-store.ts'

interface StagesDeps {
  readonly environment: DataPlaneEnvironment
  readonly leases: LeaseKeeper
  readonly limits: LimitKeeper
  readonly findLimits: FindLimits
  readonly queueRedis: Redis
  /** For the enrolments of A/B tests' units. */
  readonly redis: Redis
  readonly authorizeCaller: ReturnType<typeof createAuthorizeCaller>
  readonly registry: Registry
  readonly health: HealthBook
  readonly unread: UnreadAnswers
  readonly clock: Clock
  readonly createId: CreateId
  readonly logger: Logger
}

interface ComposedStages {
  readonly stages: Stages<UpstreamAnswer>
  /** Of calls that go on to a provider's own API. */
  readonly proxyStages: Stages<ForwardedAnswer>
  close(): Promise<void>
}

/** Builds the stages of a call, in the order it meets them. */
export function composeStages(deps: StagesDeps): ComposedStages {
  const { environment, redis, leases, findLimits, registry, health, unread, clock, logger } = deps
  const { timeouts } = environment
  const dispatching = composeDispatching(deps)
  const generations = composeRecords({ spoolDirectory: environment.spoolDirectory, ...deps })
  const metrics = createRequestMetrics(registry)
  const runCells = createRunCells(redis, { totalMs: timeouts.totalMs, logger })
  const assignments = createStickyAssignments(redis, {
    clock,
    reportFailure: (error) => logger.warn({ err: error }, 'a unit was assigned without asking Redis'),
  })

  const decider = createDecider({ health, random: Math.random, knowledgeOf: (view) => view.quality })

  const stages: Stages<UpstreamAnswer> = {
    accept: createAcceptRequest(environment.keyPrefix),
    authorize: createAuthorizeStage(deps),
    decide: createDecideCall({
      decider,
      direct: createDirectCall({
        assignments,
        fingerprintOf: createRecentFingerprints(),
        runCells,
        clock,
        random: Math.random,
      }),
    }),
    reserve: (context, plan) =>
      andThen(reserveMoney(context, plan, leases), (candidates) => {
        // A call that costs no credits has asked nobody what there is.
        const isUnknown = context.balance && context.reservation.type === 'none'
        return isUnknown ? leases.learn(plan.workspace.workspaceId).then(() => candidates) : candidates
      }),
    dispatch: (context, candidates) => dispatchWithFallback(context, candidates, dispatching.deps),
    relay(context, answer) {
      if (answer.type === 'whole') return relayWhole(context, answer.answer, clock)
      return relayStream(context, answer.events, { clock, unread, totalMs: timeouts.totalMs, check: answer.check })
    },
    async refuse(context, thrown) {
      const error = asSignalboxError(thrown)
      context.error = error
      // What is refused before its turn came tells the limits all the same, if it has a good key.
      if (error.status !== 401) context.limits ??= await findLimits(context.headers.authorization)
      logFailure(logger, error, { generationId: context.id, model: context.requestedModel })
      replyWithError(context, error, clock.monotonicMs())
      return error
    },
    settle: createSettleRequest({ leases, generations, metrics, health, runCells, clock, logger }),
  }
  return {
    stages,
    proxyStages: composeProxy({
      keyPrefix: environment.keyPrefix,
      stages,
      dispatching: dispatching.deps,
      leases,
      unread,
    }),
    async close() {
      await generations.close()
      await dispatching.close()
    },
  }
}

function createAuthorizeStage({ authorizeCaller, leases, limits, clock }: StagesDeps) {
  return (context: RequestContext, apiKey: string): KeyOwner | Promise<KeyOwner> =>
    andThen(authorizeCaller(apiKey, context.dialect.surface), (caller) => {
      const { workspaceId } = caller.workspace
      context.workspace = caller.workspace
      context.keyId = caller.key.id
      context.purpose = caller.key.purpose
      if (context.dialect.closing) context.balance = () => leases.remaining(workspaceId)
      return andThen(checkRateLimit(context, limits.of(caller), clock), () => caller)
    })
}
