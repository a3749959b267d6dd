import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { openAskedQueue } from '../shared/queues/ask-queue.ts'
import { findGenerationQueue, foundGenerationSchema } from '../shared/queues/find-generation.queue.ts'
import { recordScoreQueue, scoreOutcomeSchema } from '../shared/queues/record-score.queue.ts'
import { connectRedis } from '../shared/redis/connect.ts'
import { logOutages } from '../shared/redis/log-outages.ts'
import { systemClock } from '../shared/runtime/clock.ts'
import { createId } from '../shared/runtime/id.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { readApiKey } from './accept/accept-request.ts'
import { drainServer } from './accept/drain-server.ts'
import { createFindLimits } from './authorize/find-limits.ts'
import { createAuthorizeCaller } from './authorize/authorize-caller.ts'
import { createCallTally, type CallTally } from './call-tally.ts'
import { composeHealth } from './compose-health.ts'
import { composeLimits } from './compose-limits.ts'
import { composeLeases } from './compose-leases.ts'
import { composeSnapshots } from './compose-snapshots.ts'
import { composeStages } from './compose-stages.ts'
import type { DataPlaneEnvironment } from './environment.ts'
import { openDoors } from './open-doors.ts'
import { createPipeline } from './pipeline.ts'
import { createUnreadAnswers, MOST_UNREAD_ANSWERS } from './relay/unread-answers.ts'
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
  /** How many answers are read on at one time whose callers have left. */
  readonly mostUnread?: number
}

const POLL_MS = 5_000
/** How endpoints do is put together and told to other processes so often. */
const HEALTH_INTERVAL_MS = 2_000
/** Calls under way get this long to end when the process is told to; then they are cut, settled and recorded. */
const DRAIN_MS = 4_000

/** The worker waits some seconds for a record that is on its way. */
const ANSWER_LIMIT_MS = 15_000

/** Builds one data-plane process. Nothing is connected to or listened on before `start`. */
export function createDataPlane(deps: DataPlaneDeps): DataPlane {
  const { environment, logger } = deps
  const calls = createCallTally()
  const parts = composeParts(deps)
  const { snapshots, health, questions } = parts
  const server = openDoors({
    ...parts,
    environment,
    logger,
    serve: counted(createPipeline(parts.stages, { clock: systemClock, createId }), calls),
    forward: counted(createPipeline(parts.proxyStages, { clock: systemClock, createId }), calls),
    sendScore: questions.sendScore,
    findGeneration: questions.findGeneration,
  })

  return {
    server,
    async start() {
      await snapshots.start()
      health.sharing.start()
      return server.listen({ host: environment.host, port: environment.port })
    },
    async stop() {
      // No answer is read on for a caller whose connection is cut here.
      await drainServer(server, calls, { limitMs: DRAIN_MS, beforeCut: parts.unread.stopAll })
      // The calls that were cut have yet to be settled.
      await calls.whenNone()
      await snapshots.stop()
      await health.sharing.stop()
      // Records first: a charge is told of when its record is safe.
      await parts.closeStages()
      await questions.close()
      await parts.giveBackLeases()
      await parts.giveBackPermits()
      parts.disconnect()
    },
  }
}

function composeParts(deps: DataPlaneDeps) {
  const { environment, logger, hostMetrics, pollMs = POLL_MS, healthIntervalMs = HEALTH_INTERVAL_MS } = deps
  const unread = createUnreadAnswers({ most: deps.mostUnread ?? MOST_UNREAD_ANSWERS })
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
  const shared = { redis, queueRedis, registry, clock, createId, logger }
  const serving = { environment, leases, limits, findLimits, authorizeCaller, health: health.book, unread }
  const { stages, proxyStages, close: closeStages } = composeStages({ ...shared, ...serving })
  const readMetrics = async () => ({
    contentType: registry.contentType,
    text: await (hostMetrics ? hostMetrics.read() : registry.metrics()),
  })
  return {
    snapshots,
    authorizeCaller,
    health,
    unread,
    findLimits,
    limits,
    stages,
    proxyStages,
    questions: openQuestions(environment.redisUrl),
    readMetrics,
    closeStages,
    giveBackLeases,
    giveBackPermits,
    disconnect,
  }
}

/** What callers ask that only the worker can say. */
function openQuestions(redisUrl: string) {
  const limits = { redisUrl, limitMs: ANSWER_LIMIT_MS }
  const scores = openAskedQueue(recordScoreQueue, { ...limits, result: scoreOutcomeSchema })
  const generations = openAskedQueue(findGenerationQueue, { ...limits, result: foundGenerationSchema })
  return {
    sendScore: scores.ask,
    findGeneration: generations.ask,
    async close() {
      await Promise.all([scores.close(), generations.close()])
    },
  }
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
