import { createHash } from 'node:crypto'
import type { Redis } from '../../../shared/redis/connect.ts'
import { signInThrottled } from './users.errors.ts'

const WINDOW_SECONDS = 15 * 60
const MOST_FAILURES = 10

export interface SignInThrottle {
  /** Throws when this e-mail address was tried too often from this network address. */
  check(email: string, address: string): Promise<void>
  countFailure(email: string, address: string): Promise<void>
  forget(email: string, address: string): Promise<void>
}

/**
 * Ten wrong passwords in a quarter of an hour for one e-mail address from one network address, counted over all
 * processes. Both together, so that a stranger can neither guess on nor lock the owner out.
 */
export function createSignInThrottle(redis: Redis): SignInThrottle {
  return {
    async check(email, address) {
      const key = throttleKey(email, address)
      const failures = Number((await redis.get(key)) ?? 0)
      if (failures < MOST_FAILURES) return
      const retryAfterSeconds = Math.max(1, await redis.ttl(key))
      throw signInThrottled({ retryAfterSeconds }, { retryAfterSeconds })
    },
    async countFailure(email, address) {
      const key = throttleKey(email, address)
      await redis.incr(key)
      await redis.expire(key, WINDOW_SECONDS, 'NX')
    },
    async forget(email, address) {
      await redis.del(throttleKey(email, address))
    },
  }
}

function throttleKey(email: string, address: string): string {
  return `sign-in-failures:${createHash('sha256').update(`${email}\n${address}`).digest('hex')}`
}
