import type { FastifyInstance } from 'fastify'
import type { FoundGeneration } from '../shared/queues/find-generation.queue.ts'
import type { ScoreOutcome } from '../shared/queues/record-score.queue.ts'
import { systemClock } from '../shared/runtime/clock.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { application } from './accept/application.surface.ts'
import { autoRouting } from './accept/auto-routing.surface.ts'
import { routeChatCompletions } from './accept/chat-completions.route.ts'
import { routeCreditsModels } from './accept/credits-models.route.ts'
import { credits } from './accept/credits.surface.ts'
import { routeEmbeddings } from './accept/embeddings.route.ts'
import { routeGeneration } from './accept/generation.route.ts'
import { routeHealth } from './accept/health.route.ts'
import { createHttpServer } from './accept/http-server.ts'
import { routeModels } from './accept/models.route.ts'
import { routeOpenRouterProxy } from './accept/openrouter-proxy.route.ts'
import { routeQuality, type CallersScore } from './accept/quality.route.ts'
import { router } from './accept/router.surface.ts'
import { createTellLimits } from './accept/tell-limits.ts'
import type { createAuthorizeCaller } from './authorize/authorize-caller.ts'
import type { FindLimits } from './authorize/find-limits.ts'
import type { composeHealth } from './compose-health.ts'
import type { composeSnapshots } from './compose-snapshots.ts'
import type { DataPlaneEnvironment } from './environment.ts'
import type { LimitKeeper } from './limits/limit-keeper.ts'
import type { IncomingCall } from './request-context.ts'
import { createServeLookup, type ServeLookup } from './serve-lookup.ts'

interface Doors {
  readonly environment: DataPlaneEnvironment
  readonly logger: Logger
  readonly serve: (call: IncomingCall) => Promise<void>
  /** The same for calls that go on to a provider's own API. */
  readonly forward: (call: IncomingCall) => Promise<void>
  readonly authorizeCaller: ReturnType<typeof createAuthorizeCaller>
  readonly findLimits: FindLimits
  readonly limits: LimitKeeper
  readonly snapshots: ReturnType<typeof composeSnapshots>
  readonly health: ReturnType<typeof composeHealth>
  readonly sendScore: (score: CallersScore) => Promise<ScoreOutcome>
  readonly findGeneration: (sought: { workspaceId: string; generationId: string }) => Promise<FoundGeneration>
  readonly readMetrics: () => Promise<{ contentType: string; text: string }>
}

/** The server with every path of every published API. */
export function openDoors(doors: Doors): FastifyInstance {
  const { environment, logger, findLimits } = doors
  const tellLimits = createTellLimits({ findLimits, nowMs: systemClock.monotonicMs })
  const server = createHttpServer({ bodyLimitBytes: environment.bodyLimitBytes, tellLimits, logger })
  const lookUpAt = createServeLookup({ ...doors, keyPrefix: environment.keyPrefix, clock: systemClock })
  openAutoRouting(server, doors, lookUpAt(autoRouting.surface))
  openApplications(server, doors, lookUpAt(application.surface))
  openCredits(server, doors, lookUpAt(credits.surface))
  const { serve, snapshots, readMetrics } = doors
  routeChatCompletions(server, {
    path: '/api/router/:id/v1/chat/completions',
    dialect: router,
    scopeOf: (routerId) => ({ type: 'router', routerId }),
    serve,
  })
  routeHealth(server, { isReady: () => snapshots.store.catalogRevision !== null, readMetrics })
  return server
}

function openAutoRouting(server: FastifyInstance, { serve, health }: Doors, lookUp: ServeLookup): void {
  routeChatCompletions(server, { path: '/v1/chat/completions', dialect: autoRouting, serve })
  routeEmbeddings(server, { path: '/v1/embeddings', dialect: autoRouting, serve })
  routeModels(server, { path: '/v1/models', lookUp, health: health.book, now: systemClock.now })
}

function openApplications(server: FastifyInstance, { serve, sendScore }: Doors, lookUp: ServeLookup): void {
  routeChatCompletions(server, {
    path: '/api/applications/:id/v1/chat/completions',
    dialect: application,
    scopeOf: (abTestId) => ({ type: 'ab-test', abTestId }),
    serve,
  })
  routeQuality(server, { path: '/api/applications/:id/quality', lookUp, sendScore })
}

function openCredits(server: FastifyInstance, doors: Doors, lookUp: ServeLookup): void {
  const { environment, serve, forward, findGeneration } = doors
  routeChatCompletions(server, { path: '/v1/llm/chat/completions', dialect: credits, serve })
  routeCreditsModels(server, { path: '/v1/llm/models', lookUp, now: systemClock.now })
  const { bodyLimitBytes, keyPrefix } = environment
  routeOpenRouterProxy(server, { path: '/v1/proxy/openrouter', bodyLimitBytes, keyPrefix, serve: forward })
  routeGeneration(server, { path: '/v1/llm/generation', lookUp, findGeneration })
}
