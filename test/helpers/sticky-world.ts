import { rm } from 'node:fs/promises'
import { assignVariant, prepareTest } from '../../shared/ab-tests/assign-variant.ts'
import {
  createStickyAssignments,
  PERIOD_MS,
  type Offer,
  type StickyOptions,
  type TestUnit,
} from '../../shared/ab-tests/sticky-assignments.ts'
import { whenRedisReady } from '../../shared/redis/connect.ts'
import { connectServer, type Server } from './connect-server.ts'
import { startTestRedis, temporaryDirectory, type TestRedis } from './services.ts'

/** The middle of a period. */
export const START = Math.floor(Date.now() / PERIOD_MS) * PERIOD_MS + PERIOD_MS / 2

/** A Redis, and two connections to it as two processes of the data plane have them. */
export interface StickyWorld {
  readonly server: TestRedis
  readonly connections: readonly [Server, Server]
  /** What Redis was asked in vain. */
  readonly failures: unknown[]
  /** A process with its own memory and clock, on one of the connections. */
  startProcess(index: 0 | 1, options?: Partial<StickyOptions>): StickyProcess
  stop(): Promise<void>
}

export type StickyProcess = ReturnType<typeof createProcess>

export async function startStickyWorld(): Promise<StickyWorld> {
  const directory = await temporaryDirectory()
  const server = await startTestRedis(directory)
  const connections = [await connect(server.url, 'first'), await connect(server.url, 'second')] as const
  const failures: unknown[] = []
  return {
    server,
    connections,
    failures,
    startProcess: (index, options = {}) =>
      createProcess(connections[index], { reportFailure: (error) => failures.push(error), ...options }),
    async stop() {
      for (const redis of connections) redis.disconnect()
      await server.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function connect(url: string, name: string): Promise<Server> {
  const redis = connectServer({ url, name, mode: 'fail-fast' })
  // A connection that is lost says so with every attempt; tests look at its status.
  redis.on('error', () => undefined)
  await whenRedisReady(redis, 5_000)
  return redis
}

function createProcess(redis: Server, options: Partial<StickyOptions> & Pick<StickyOptions, 'reportFailure'>) {
  const clock = { ms: START, now: () => clock.ms, monotonicMs: () => clock.ms }
  // On a busy machine an answer may take longer than a call would wait for it.
  const sticky = createStickyAssignments(redis, { clock, waitMs: 5_000, ...options })
  return { sticky, clock, redis }
}

let tests = 0

/** A unit of a test of its own. */
export function someUnit(unitId = 'unit'): TestUnit {
  tests += 1
  return { workspaceId: 'workspace', testId: `test-${tests}`, unitId, weightsVersion: 0 }
}

/** A test that would give its variant, or null, to every unit. */
export const offerOf = (variantId: string | null, variants: readonly string[] = ['a', 'b', 'c']): Offer => ({
  propose: () => (variantId === null ? null : { variantId, propensity: 0.5 }),
  has: (id) => variants.includes(id),
})

/** A test with variants `variant-0`, `variant-1` and so on, of these weights once they are made to sum to 1. */
export function byWeights({ testId, unitId }: TestUnit, parts: readonly number[]): Offer {
  const sum = parts.reduce((total, part) => total + part, 0)
  const arms = parts.map((part, index) => ({ variantId: `variant-${index}`, weight: part / sum }))
  const prepared = prepareTest({ testId, salt: 'salt', arms, coverage: 1 })
  return {
    propose: () => assignVariant(prepared, unitId),
    has: (variantId) => arms.some((arm) => arm.variantId === variantId),
  }
}

/** How often scripts are asked of Redis while work is done. */
export async function countAsked(redis: Server, work: () => Promise<unknown>): Promise<number> {
  const before = await scriptCalls(redis)
  await work()
  return (await scriptCalls(redis)) - before
}

async function scriptCalls(redis: Server): Promise<number> {
  const statistics = await redis.info('commandstats')
  const calls = [...statistics.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)]
  return calls.reduce((total, [, count]) => total + Number(count), 0)
}
