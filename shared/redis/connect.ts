import { Redis, type RedisOptions } from 'ioredis'

export type { Redis }

interface ConnectOptions {
  /** `redis://`, `rediss://` or `unix:///path/to/socket`. */
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
 */
export function connectRedis({ url, name, mode }: ConnectOptions): Redis {
  const options: RedisOptions = {
    connectionName: `signalbox-${name}`,
    connectTimeout: 3_000,
    retryStrategy: (attempt) => Math.min(50 * attempt, 1_000),
    ...(mode === 'fail-fast' ? FAIL_FAST : PATIENT),
  }
  if (url.startsWith('unix://')) return new Redis(url.slice('unix://'.length), options)
  return new Redis(url, options)
}

/**
 * Waits until the connection serves.
 *
 * @throws Error when it does not within `limitMs`
 */
export async function whenRedisReady(redis: Redis, limitMs: number): Promise<void> {
  if (redis.status === 'ready') return
  let lastError: Error | undefined
  const remember = (error: Error): void => {
    lastError = error
  }
  redis.on('error', remember)
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(lastError ?? new Error(`no connection within ${limitMs} ms`)), limitMs)
      redis.once('ready', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  } finally {
    redis.off('error', remember)
  }
}
