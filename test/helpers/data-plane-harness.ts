import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Queue } from 'bullmq'
import { createDataPlane, type DataPlane } from '../../data-plane/app.ts'
import type { DataPlaneEnvironment } from '../../data-plane/environment.ts'
import { createSimulator, type Simulator } from '../../shared/embedded/simulator/server.ts'
import { createCreditBalance, type CreditBalance } from '../../shared/money/credit-balance.ts'
import { fromDollars } from '../../shared/money/nanodollars.ts'
import { createGenerationBatches } from '../../shared/queues/generation-batches.ts'
import type { Generation } from '../../shared/queues/generations.queue.ts'
import { generationsQueue } from '../../shared/queues/generations.queue.ts'
import * as keys from '../../shared/redis/keys.ts'
import { createLogger } from '../../shared/runtime/logger.ts'
import { encodeSnapshot } from '../../shared/snapshot/snapshot-codec.ts'
import type { CatalogSnapshot, WorkspaceSnapshot } from '../../shared/snapshot/snapshot-schema.ts'
import { connectServer, type Server } from './connect-server.ts'
import { startTestRedis, temporaryDirectory, type TestRedis } from './services.ts'
import { catalog, key, model, workspace } from './snapshot-fixtures.ts'
import { waitUntil } from './wait-until.ts'

/** A data plane with a real Redis and a scripted upstream; the control plane is played by `publish`. */
export interface DataPlaneHarness {
  readonly url: string
  readonly environment: DataPlaneEnvironment
  /** Every route it serves. */
  readonly routes: readonly { method: string; path: string }[]
  readonly redis: Server
  readonly redisServer: TestRedis
  readonly simulator: Simulator
  readonly credits: CreditBalance
  /** A key of `workspace-1`, which has $20. */
  readonly apiKey: string
  publish(snapshot: WorkspaceSnapshot): Promise<void>
  publishCatalog(snapshot: CatalogSnapshot): Promise<void>
  /** Posts JSON (or the text as it is) with the key. */
  post(
    path: string,
    body: unknown,
    options?: { apiKey?: string; headers?: Record<string, string>; signal?: AbortSignal; url?: string },
  ): Promise<Response>
  /** Waits until so many records have been handed over, and gives them, oldest first. */
  generations(count: number): Promise<Generation[]>
  /** The record of the call that was answered under this id. */
  record(id: string): Promise<Generation>
  /** A model that no other test has asked, so that its endpoint has no past. */
  spareModel(): string
  /** Starts another process on the same Redis, until the harness stops. Gives its address. */
  startAnother(): Promise<string>
  /** Stops the data plane alone, as SIGTERM would. */
  stopDataPlane(): Promise<void>
  stop(): Promise<void>
}

const CHANGES = { count: 0 }
const SPARES = Array.from({ length: 100 }, (_none, index) => `spare-${index}`)

interface HarnessOptions {
  readonly healthIntervalMs?: number
}

export async function startDataPlane(
  changes: Partial<DataPlaneEnvironment> = {},
  { healthIntervalMs }: HarnessOptions = {},
): Promise<DataPlaneHarness> {
  const directory = await temporaryDirectory()
  const redisServer = await startTestRedis(directory)
  const redis = connectServer({ url: redisServer.url, name: 'test', mode: 'patient' })
  redis.on('error', () => undefined)
  const simulator = createSimulator({ models: SPARES })
  await simulator.listen()
  const credits = createCreditBalance(redis)
  const environment = { ...dataPlaneEnvironment(directory, redisServer.url), ...changes }
  const logger = createLogger('test', environment.logLevel)
  const timing = { pollMs: 200, healthIntervalMs }
  const dataPlane = createDataPlane({ environment, logger, ...timing })
  const others: DataPlane[] = []
  const queue = new Queue<{ batchId: string }>(generationsQueue.name, {
    connection: redis,
    prefix: keys.QUEUE_PREFIX,
    skipVersionCheck: true,
  })
  queue.on('error', () => undefined)
  const batches = createGenerationBatches(redis)
  const listRecords = async (): Promise<Generation[]> => {
    const jobs = await queue.getJobs(['waiting'], 0, -1, true)
    const found = await Promise.all(jobs.map(({ data }) => batches.read(data.batchId)))
    return found.flatMap((generations) => generations ?? [])
  }
  const first = key()

  const store = async (workspaceId: string, snapshot: object): Promise<void> => {
    const { revision, bytes } = encodeSnapshot(snapshot)
    CHANGES.count += 1
    await redis.set(keys.snapshotRevisionKey(workspaceId, revision), bytes)
    await redis.set(keys.snapshotPointerKey(workspaceId), JSON.stringify({ revision, changes: CHANGES.count }))
    await redis.publish(keys.SNAPSHOT_CHANNEL, workspaceId)
  }
  const publish = async (snapshot: WorkspaceSnapshot): Promise<void> => {
    for (const { hash } of snapshot.keys) await redis.set(keys.keyIndexKey(hash), snapshot.workspaceId)
    await store(snapshot.workspaceId, snapshot)
  }
  const publishCatalog = (snapshot: CatalogSnapshot): Promise<void> => store(keys.CATALOG, snapshot)

  const { models, ...shared } = catalog({ simulatorUrl: simulator.url() })
  await publishCatalog({ ...shared, models: [...models, ...SPARES.map((id) => model({ id }))] })
  const spares = [...SPARES]
  await publish(workspace({ keys: [first.key] }))
  await credits.seed('workspace-1', fromDollars(20))
  const url = await dataPlane.start()

  let stopping: Promise<void> | null = null
  const stopDataPlane = (): Promise<void> => (stopping ??= dataPlane.stop())

  return {
    url,
    environment,
    routes: listRoutes(dataPlane.server.printRoutes({ commonPrefix: false })),
    redis,
    redisServer,
    simulator,
    credits,
    apiKey: first.secret,
    publish,
    publishCatalog,
    post: (path, body, { apiKey = first.secret, headers = {}, signal, url: to = url } = {}) =>
      fetch(to + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}`, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...(signal ? { signal } : {}),
      }),
    spareModel() {
      const spare = spares.pop()
      if (!spare) throw new Error('there is no spare model left')
      return spare
    },
    record: (id) =>
      waitUntil(async () => (await listRecords()).find((record) => id.endsWith(record.id)), {
        what: `the record of ${id}`,
      }),
    generations: (count) =>
      waitUntil(
        async () => {
          const records = await listRecords()
          return records.length >= count && records
        },
        { what: `${count} generation records` },
      ),
    async startAnother() {
      const own = join(directory, `process-${others.length + 2}`)
      const folders = { snapshotDirectory: join(own, 'snapshots'), spoolDirectory: join(own, 'spool') }
      const other = createDataPlane({ environment: { ...environment, ...folders }, logger, ...timing })
      others.push(other)
      return other.start()
    },
    stopDataPlane,
    async stop() {
      await Promise.all([stopDataPlane(), ...others.map((other) => other.stop())])
      await queue.close()
      redis.disconnect()
      await simulator.close()
      await redisServer.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** The environment of a data plane with its files in a folder of its own. */
export function dataPlaneEnvironment(directory: string, redisUrl: string): DataPlaneEnvironment {
  return {
    host: '127.0.0.1',
    port: 0,
    processes: 1,
    redisUrl,
    masterKey: randomBytes(32),
    keyPrefix: 'nr-',
    snapshotDirectory: join(directory, 'snapshots'),
    spoolDirectory: join(directory, 'spool'),
    upstreamPolicy: 'loopback',
    timeouts: { connectMs: 1_000, firstTokenMs: 5_000, idleMs: 5_000, totalMs: 10_000 },
    retries: { backoffMs: 1, longestPauseMs: 50 },
    bodyLimitBytes: 1_048_576,
    logLevel: 'silent',
  }
}

/** What every chat test sends. */
export const CHAT = { model: 'sim-fast', messages: [{ role: 'user', content: 'What is the capital of France?' }] }

interface ErrorBody {
  readonly message: string
  readonly type: string
  readonly code: string
  readonly param: string | null
}

/** The error an answer tells. */
export async function errorOf(response: Response): Promise<ErrorBody> {
  const body = (await response.json()) as { error: ErrorBody }
  return body.error
}

/** Reads Fastify's own listing: `path (METHOD, METHOD)`, the path built from nested rows. */
function listRoutes(tree: string): { method: string; path: string }[] {
  const parents: string[] = []
  return tree.split('\n').flatMap((row) => {
    const [, indent = '', part, methods] = /^([│ ]*)[├└]── (\S*) ?(?:\((.*)\))?/.exec(row) ?? []
    if (part === undefined) return []
    const depth = indent.length / 4
    const path = (parents[depth - 1] ?? '') + part
    parents[depth] = path
    return (methods ?? '')
      .split(', ')
      .filter((method) => method === 'GET' || method === 'POST')
      .map((method) => ({ method, path }))
  })
}
