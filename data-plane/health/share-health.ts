import { z } from 'zod'
import type { Redis } from '../../shared/redis/connect.ts'
import { HEALTH_KEY } from '../../shared/redis/keys.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import type { Standing } from './endpoint-record.ts'
import type { HealthBook } from './health-book.ts'

/**
 * Tells other processes how endpoints do, and learns from them, every few seconds and off the path of calls. What a
 * process measured itself counts first; while Redis is away each goes by its own.
 */
export interface HealthSharing {
  start(): void
  stop(): Promise<void>
}

interface SharingDeps {
  readonly book: HealthBook
  readonly redis: Redis
  /** Names this process. */
  readonly processId: string
  readonly clock: Clock
  readonly logger: Logger
  readonly intervalMs: number
}

/** Of what a process says, so many endpoints: those that are out first, then those with the most calls. */
const MOST_TOLD = 500
/** What was said longer ago than this is not heard any more: its process is gone, or has nothing to say. */
const HEARD_FOR_MS = 15_000

const amount = z.number().nonnegative()
const standing = z.object({
  answered: amount,
  failed: amount,
  firstTokenP50Ms: amount.nullable(),
  firstTokenP95Ms: amount.nullable(),
  tokensPerSecond: amount.nullable(),
  openUntil: amount,
})
const dated = z.looseObject({ at: z.number() })
const told = z.object({ endpoints: z.array(z.tuple([z.string(), standing])) })

export function createHealthSharing({ book, redis, processId, clock, logger, intervalMs }: SharingDeps): HealthSharing {
  let timer: NodeJS.Timeout | null = null
  let underWay: Promise<void> = Promise.resolve()

  const exchange = async (): Promise<void> => {
    try {
      const endpoints = book
        .tell()
        .toSorted(([, left], [, right]) => weightOf(right) - weightOf(left))
        .slice(0, MOST_TOLD)
      await redis.hset(HEALTH_KEY, processId, JSON.stringify({ at: clock.now(), endpoints }))
      book.refresh(await listen())
    } catch (error) {
      logger.debug({ err: error }, 'the health of endpoints is not shared at the moment')
      book.refresh(new Map())
    }
  }

  const listen = async (): Promise<Map<string, Standing>> => {
    const reports = await redis.hgetall(HEALTH_KEY)
    const heard = new Map<string, Standing>()
    for (const [from, text] of Object.entries(reports)) {
      if (from === processId) continue
      const { at, endpoints } = readReport(text)
      if (clock.now() - at > HEARD_FOR_MS) await redis.hdel(HEALTH_KEY, from)
      else for (const [key, said] of endpoints) heard.set(key, together(heard.get(key), said))
    }
    return heard
  }

  return {
    start() {
      timer = setInterval(() => {
        underWay = exchange()
      }, intervalMs)
    },
    async stop() {
      if (timer) clearInterval(timer)
      await underWay
      await redis.hdel(HEALTH_KEY, processId).catch(() => undefined)
    },
  }
}

function weightOf({ answered, failed, openUntil }: Standing): number {
  return openUntil > 0 ? Number.MAX_VALUE : answered + failed
}

/** What a process of another version wrote may be beyond us: that is no reason not to hear the others. */
function readReport(text: string): { at: number; endpoints: readonly [string, Standing][] } {
  try {
    const parsed = dated.parse(JSON.parse(text))
    const { data } = told.safeParse(parsed)
    return { at: parsed.at, endpoints: data?.endpoints ?? [] }
  } catch {
    return UNREADABLE
  }
}

const UNREADABLE = { at: 0, endpoints: [] }

/** Counts add up; times are those of the process that saw more calls; an outage is one when anybody saw it. */
function together(known: Standing | undefined, said: Standing): Standing {
  if (!known) return said
  const busier = said.answered > known.answered ? said : known
  return {
    ...busier,
    answered: known.answered + said.answered,
    failed: known.failed + said.failed,
    openUntil: Math.max(known.openUntil, said.openUntil),
  }
}
