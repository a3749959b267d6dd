import type { Redis } from './connect.ts'
import type { Logger } from '../runtime/logger.ts'

/** One line when a connection is lost and one when it is back; the attempts in between are nobody's business. */
export function logOutages(redis: Redis, logger: Logger): void {
  let away = false
  redis.on('error', (error) => {
    if (away) return
    away = true
    logger.warn({ reason: error.message }, 'Redis is away')
  })
  redis.on('ready', () => {
    if (away) logger.warn('Redis is back')
    away = false
  })
}
