import { defineScript } from '../../../shared/money/define-script.ts'
import { judgeRateKey, judgeTurnKey } from '../../../shared/redis/keys.ts'
import type { Redis } from '../../../shared/redis/connect.ts'

/** How often the judges of a workspace are asked, over all processes. */
export interface JudgeRate {
  /**
   * Takes a turn, or says when it comes: it stays reserved for whoever asks under the same name then.
   *
   * @returns 0: go on; else how many milliseconds to wait
   */
  take(workspaceId: string, turn: JudgeTurn): Promise<number>
}

export interface JudgeTurn {
  /** Who asks: an id of what is to be judged. */
  readonly name: string
  /** How many requests it is for. */
  readonly requests: number
  readonly perMinute: number
}

const MINUTE_MS = 60_000

export function createJudgeRate(redis: Redis): JudgeRate {
  const takeTurn = defineScript(redis, { name: 'takeJudgeTurn', keys: 2, lua: TAKE_TURN })
  return {
    async take(workspaceId, { name, requests, perMinute }) {
      const keys = [judgeRateKey(workspaceId), judgeTurnKey(workspaceId, name)]
      const [waitMs = 0] = await takeTurn(...keys, (MINUTE_MS / perMinute) * requests)
      return waitMs
    },
  }
}

/**
 * A leaky bucket that holds one turn (the generic cell rate algorithm, ITU-T I.371), by Redis's own clock. Turns are
 * handed out in advance, so that a thousand jobs wait each for its own time and do not ask all together every second.
 *
 * KEYS  1 when the next turn is free, ms  2 when the one of this name is, ms
 * ARGV  1 how long this turn takes, ms
 * GIVES {0} it is now · {ms} how long to wait
 */
const TAKE_TURN = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local own = tonumber(redis.call('GET', KEYS[2]) or -1)
if own > now then return {math.ceil(own - now)} end
if own >= 0 then
  redis.call('DEL', KEYS[2])
  return {0}
end

local start = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0))
local stop = start + ARGV[1]
redis.call('SET', KEYS[1], string.format('%.3f', stop), 'PX', math.ceil(stop - now) + 1)
if start <= now then return {0} end
-- A turn that nobody comes for is forgotten a quarter of an hour later.
redis.call('SET', KEYS[2], string.format('%.3f', start), 'PX', math.ceil(start - now) + 900000)
return {math.ceil(start - now)}
`
