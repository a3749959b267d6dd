import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { connectRedis } from '../shared/redis/connect.ts'
import { logOutages } from '../shared/redis/log-outages.ts'
import { systemClock } from '../shared/runtime/clock.ts'
import { createId } from '../shared/runtime/id.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { addLimitHeaders } from './accept/add-limit-headers.ts'
import { readApiKey } from './accept/accept-request.ts'
import { autoRouting } from './accept/auto-routing.surface.ts'
import { routeChatCompletions } from './accept/chat-completions.route.ts'
import { drainServer } from './accept/drain-server.ts'
import { routeEmbeddings } from './accept/embeddings.route.ts'
import { routeHealth } from './accept/health.route.ts'
import { createHttpServer } from './accept/http-server.ts'
import { routeModels } from './accept/models.route.ts'
import { createFindLimits, type FindLimits } from './authorize/find-limits.ts'
import { createAuthorizeCaller } from './authorize/authorize-caller.ts'
import { createCallTally, type CallTally } from './call-tally.ts'
import { composeHealth } from './compose-health.ts'
import { composeLimits } from './compose-limits.ts'
import { composeLeases } from './compose-leases.ts'
import { composeSnapshots } from './compose-snapshots.ts'
import { composeStages } from './compose-stages.ts'
import type { DataPlaneEnvironment } from './environment.ts'
import { createPipeline } from './pipeline.ts'
import type { IncomingCall } from './request-context.ts'

export interface DataPlane {
  readonly server: FastifyInstance
  /** Loads snapshots and begins to listen. Gives the address. */
  start(): Promise<string>
  /** Takes no new calls, ends those under way, and hands over every record. */
  stop(): Promise<void>
}

interface DataPlaneDeps {
  readonly environment: DataPlaneEnvironment
  readonly logger: Logger
  /** Where several processes serve one port: how their metrics are added up. */
  readonly hostMetrics?: { share(registry: Registry): void; read(): Promise<string> }
  readonly pollMs?: number
  readonly healthIntervalMs?: number
}

const POLL_MS = 5_000
/** How endpoints do is put together and told to other processes so often. */
const HEALTH_INTERVAL_MS = 2_000
/** Calls under way get this long to end when the process is told to; then they are cut, settled and recorded. */
const DRAIN_MS = 4_000

/** Builds one data-plane process. Nothing is connected to or listened on before `start`. */
export function createDataPlane(deps: DataPlaneDeps): DataPlane {
  const { environment, logger, hostMetrics, pollMs = POLL_MS, healthIntervalMs = HEALTH_INTERVAL_MS } = deps
  const clock = systemClock
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  hostMetrics?.share(registry)
  const { redis, subscription, queueRedis, disconnect } = connect(environment.redisUrl, logger)
  const diskDirectory = environment.snapshotDirectory
  const snapshots = composeSnapshots({ redis, subscription, clock, logger, diskDirectory, pollMs })
  const authorizeCaller = createAuthorizeCaller({ directory: snapshots.directory, now: clock.now })
  const health = composeHealth({ redis, clock, createId, logger, intervalMs: healthIntervalMs })
  const { leases, close: giveBackLeases } = composeLeases({ redis, subscription, clock, createId, logger })
  const siblings = environment.processes
  const { limits, close: giveBackPermits } = composeLimits({ redis, siblings, clock, createId, logger })
  const findLimits = createFindLimits({
    directory: snapshots.directory,
    limits,
    now: clock.now,
    readKey: (authorization) => readApiKey(authorization, environment.keyPrefix),
    logger,
  })
  const { stages, close } = composeStages({
    environment,
    leases,
    limits,
    findLimits,
    queueRedis,
    authorizeCaller,
    registry,
    health: health.book,
    clock,
    createId,
    logger,
  })
  const calls = createCallTally()
  const serve = counted(createPipeline(stages, { clock, createId }), calls)
  const readMetrics = async () => ({
    contentType: registry.contentType,
    text: await (hostMetrics ? hostMetrics.read() : registry.metrics()),
  })

  const server = openDoors({ environment, logger, serve, authorizeCaller, findLimits, snapshots, health, readMetrics })

  return {
    server,
    async start() {
      await snapshots.start()
      health.sharing.start()
      return server.listen({ host: environment.host, port: environment.port })
    },
    async stop() {
      await drainServer(server, calls, DRAIN_MS)
      // The calls that were cut have yet to be settled.
      await calls.whenNone()
      await snapshots.stop()
      await health.sharing.stop()
      // Records first: a charge is told of when its record is safe.
      await close()
      await giveBackLeases()
      await giveBackPermits()
      disconnect()
    },
  }
}

interface Doors {
  readonly environment: DataPlaneEnvironment
  readonly logger: Logger
  readonly serve: (call: IncomingCall) => Promise<void>
  readonly authorizeCaller: ReturnType<typeof createAuthorizeCaller>
  readonly findLimits: FindLimits
  readonly snapshots: ReturnType<typeof composeSnapshots>
  readonly health: ReturnType<typeof composeHealth>
  readonly readMetrics: () => Promise<{ contentType: string; text: string }>
}

/** The server with every route. */
function openDoors({ environment, logger, serve, authorizeCaller, ...deps }: Doors): FastifyInstance {
  const server = createHttpServer({ bodyLimitBytes: environment.bodyLimitBytes, dialect: autoRouting, logger })
  addLimitHeaders(server, { findLimits: deps.findLimits, nowMs: systemClock.monotonicMs })
  routeChatCompletions(server, { path: '/v1/chat/completions', dialect: autoRouting, serve })
  routeEmbeddings(server, { path: '/v1/embeddings', dialect: autoRouting, serve })
  routeModels(server, {
    path: '/v1/models',
    authorize: ({ headers }) =>
      authorizeCaller(readApiKey(headers.authorization, environment.keyPrefix), autoRouting.surface),
    health: deps.health.book,
  })
  routeHealth(server, {
    isReady: () => deps.snapshots.store.catalogRevision !== null,
    readMetrics: deps.readMetrics,
  })
  return server
}

/** Stopping waits for the calls under way. */
function counted(
  serve: (call: IncomingCall) => Promise<void>,
  calls: CallTally,
): (call: IncomingCall) => Promise<void> {
  return async (call) => {
    calls.begin()
    await serve(call)
    calls.end()
  }
}

function connect(url: string, logger: Logger) {
  const redis = connectRedis({ url, name: 'data-plane', mode: 'fail-fast' })
  const subscription = connectRedis({ url, name: 'data-plane-subscription', mode: 'patient' })
  // Records are large: on the calls' own connection a reservation would wait behind them.
  const queueRedis = connectRedis({ url, name: 'data-plane-queue', mode: 'fail-fast' })
  const connections = [redis, subscription, queueRedis]
  logOutages(redis, logger)
  // The same server: one line about its absence is enough.
  for (const connection of connections) connection.on('error', () => undefined)
  const disconnect = (): void => {
    for (const connection of connections) connection.disconnect()
  }
  return { redis, subscription, queueRedis, disconnect }
}
