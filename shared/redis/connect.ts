import { Cluster, Redis as Server, type RedisOptions } from 'ioredis'
import { causeOf, connectCluster, whenMastersReady } from './connect-cluster.ts'
import { readRedisAddress } from './redis-address.ts'

/**
 * A connection to Redis, to one server or to a cluster: what both have and we use. Every command is of keys of one slot,
 * that is of one workspace or of one queue (`keys.ts`); there is none that a cluster's node answers for itself alone.
 */
export interface Redis extends Pick<Server, Command> {
  readonly status: string
  readonly isCluster: boolean
  on<Event extends keyof RedisEvents>(event: Event, listener: (...told: RedisEvents[Event]) => void): unknown
  once<Event extends keyof RedisEvents>(event: Event, listener: (...told: RedisEvents[Event]) => void): unknown
  off<Event extends keyof RedisEvents>(event: Event, listener: (...told: RedisEvents[Event]) => void): unknown
  disconnect(): void
}

type Command =
  | 'defineCommand'
  | 'del'
  | 'eval'
  | 'exists'
  | 'expire'
  | 'get'
  | 'hdel'
  | 'hgetall'
  | 'hset'
  | 'incr'
  | 'multi'
  | 'ping'
  | 'publish'
  | 'set'
  | 'subscribe'
  | 'ttl'
  | 'zadd'
  | 'zcard'
  | 'zrem'
  | 'zremrangebyscore'

interface RedisEvents {
  /** Connected, also again. */
  readonly ready: []
  readonly error: [error: Error]
  readonly message: [channel: string, message: string]
}

interface ConnectOptions {
  /** `redis://`, `rediss://`, `unix:///path/to/socket`, or `redis+cluster://host:port,host:port` (`redis-address.ts`). */
  readonly url: string
  /** Shown in Redis's own client list. */
  readonly name: string
  /**
   * `fail-fast`: a command fails at once while Redis is away; for the serving path, which has a plan for that.
   * `patient`: commands wait for the connection to come back; for workers, as BullMQ requires.
   */
  readonly mode: 'fail-fast' | 'patient'
}

const FAIL_FAST: RedisOptions = { enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 1_000 }
const PATIENT: RedisOptions = { maxRetriesPerRequest: null }

/**
 * Opens a connection that reconnects by itself for as long as the process lives. Errors of the connection are the
 * caller's to log, with `on('error')`.
 *
 * @throws Error where the URL is none
 */
export function connectRedis({ url, name, mode }: ConnectOptions): Redis {
  const address = readRedisAddress(url)
  const retryStrategy = (attempt: number): number => Math.min(50 * attempt, 1_000)
  const shared: RedisOptions = {
    connectionName: `signalbox-${name}`,
    connectTimeout: 3_000,
    ...(mode === 'fail-fast' ? FAIL_FAST : PATIENT),
  }
  if (address.type === 'cluster') return connectCluster(address, { mode, retryStrategy, nodeOptions: shared })
  const options = { ...shared, retryStrategy }
  return address.type === 'socket' ? new Server(address.path, options) : new Server(address.url, options)
}

/**
 * Waits until the connection serves; of a cluster, until every master does.
 *
 * @throws Error when it does not within `limitMs`, or when it is a node of a cluster and was taken for a server
 */
export async function whenRedisReady(redis: Redis, limitMs: number): Promise<void> {
  let lastError: Error | undefined
  let timer: NodeJS.Timeout | undefined
  const remember = (error: Error): void => {
    lastError = causeOf(error)
  }
  redis.on('error', remember)
  try {
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(lastError ?? new Error(`no connection within ${limitMs} ms`)), limitMs)
    })
    await Promise.race([whenServing(redis), late])
  } finally {
    clearTimeout(timer)
    redis.off('error', remember)
  }
}

async function whenServing(redis: Redis): Promise<void> {
  if (redis.status !== 'ready') await new Promise<void>((resolve) => redis.once('ready', resolve))
  if (redis instanceof Cluster) await whenMastersReady(redis)
  if (redis instanceof Server) await refuseNodeOfCluster(redis)
}

/** It would serve some keys and refuse the others, each when it is first asked for. */
async function refuseNodeOfCluster(server: Server): Promise<void> {
  // A user who may not ask, as some services have it, is let in.
  const text = await server.info('cluster').catch(() => '')
  if (/^cluster_enabled:1/m.test(text)) {
    throw new Error('it is a node of a cluster: the URL must start with redis+cluster:// or rediss+cluster://')
  }
}
