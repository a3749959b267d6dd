import type { Connection } from 'mongoose'
import { connectDatabase } from './database/connect.ts'
import type { Environment } from './environment.ts'
import { logOutages } from '../shared/redis/log-outages.ts'
import { connectRedis, whenRedisReady, type Redis } from '../shared/redis/connect.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { StartError } from '../shared/runtime/parse-environment.ts'

const REACH_LIMIT_MS = 5_000

interface Options {
  /** Which process this is, as Redis lists it. */
  readonly name: string
  readonly logger: Logger
}

/**
 * Opens MongoDB and Redis side by side. The Redis connection fails fast: an API tells of an outage and does not wait.
 *
 * @throws StartError when one of them is not there
 */
export async function connectEngines(
  environment: Environment,
  { name, logger }: Options,
): Promise<{ connection: Connection; redis: Redis }> {
  const redis = connectRedis({ url: environment.redisUrl, name, mode: 'fail-fast' })
  const [connection] = await Promise.all([connectDatabase(environment.mongodbUrl), requireRedis(redis, environment)])
  logOutages(redis, logger)
  return { connection, redis }
}

async function requireRedis(redis: Redis, { redisUrl }: Environment): Promise<void> {
  // A connection without a listener would end the process by its first error.
  const ignore = (): void => undefined
  redis.on('error', ignore)
  try {
    await whenRedisReady(redis, REACH_LIMIT_MS)
  } catch (error) {
    redis.disconnect()
    const address = redisUrl.replace(/\/\/[^@/]*@/, '//')
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartError(`REDIS_URL: cannot use the Redis at ${address} (${reason})`, error)
  } finally {
    if (redis.status === 'ready') redis.off('error', ignore)
  }
}
