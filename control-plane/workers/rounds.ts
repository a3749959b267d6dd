import type { Redis } from '../../shared/redis/connect.ts'
import { roundPlaceKey } from '../../shared/redis/keys.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { Logger } from '../../shared/runtime/logger.ts'

/** What is done for each of many, workspaces for example. */
export interface Round {
  /** Of the round, for its place and for the log. */
  readonly name: string
  readonly ids: readonly string[]
  /** No more are begun after so long; less than a job keeps its lock. */
  readonly mostMs: number
  /** How many are under way at once. */
  readonly atOnce?: number
}

/**
 * Does something for each of many, a few at a time, and for as long as a job may take: the next call goes on where this
 * one stopped, in whichever worker. One that fails does not keep the others waiting; it is tried again in the next round.
 *
 * @returns whether it came to the end of the round
 */
export type RunRound = (round: Round, work: (id: string) => Promise<void>) => Promise<boolean>

/** Where a round stands: the last id that was done, in the order of ids; null: at its beginning. */
export interface RoundPlaces {
  read(name: string): Promise<string | null>
  write(name: string, place: string | null): Promise<void>
}

const AT_ONCE = 8

interface Deps {
  readonly places: RoundPlaces
  readonly clock: Clock
  readonly logger: Logger
}

export function createRunRound({ places, clock, logger }: Deps): RunRound {
  return async ({ name, ids, mostMs, atOnce = AT_ONCE }, work) => {
    const place = await places.read(name)
    const left = ids.toSorted().filter((id) => place === null || id > place)
    const endsAtMs = clock.monotonicMs() + mostMs
    const waiting = left.values()
    let [begun, failed] = [0, 0]

    const takeNext = async (): Promise<void> => {
      for (const id of waiting) {
        begun += 1
        await work(id).catch((error: unknown) => {
          failed += 1
          logger.warn({ err: error, round: name, id }, 'one of a round failed; the next round tries it again')
        })
        // After it: however little time there is, a round goes on.
        if (clock.monotonicMs() >= endsAtMs) return
      }
    }
    await Promise.all(Array.from({ length: atOnce }, takeNext))
    const isDone = begun === left.length
    const last = left[begun - 1]
    if (place !== null || !isDone) await places.write(name, isDone ? null : (last ?? place))
    const facts = { round: name, done: ids.length - left.length + begun, of: ids.length, failed }
    if (!isDone) logger.info(facts, 'a round goes on in the next job')
    else if (place !== null || failed > 0) logger.info(facts, 'a round is done')
    return isDone
  }
}

/** In Redis, for all workers; where it is lost a round begins again. */
export function createRoundPlaces(redis: Pick<Redis, 'get' | 'set' | 'del'>): RoundPlaces {
  return {
    read: (name) => redis.get(roundPlaceKey(name)),
    async write(name, place) {
      if (place === null) await redis.del(roundPlaceKey(name))
      else await redis.set(roundPlaceKey(name), place, 'EX', KEPT_SECONDS)
    },
  }
}

const KEPT_SECONDS = 24 * 3_600
