import type { Redis } from '../shared/redis/connect.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { CreateId } from '../shared/runtime/id.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { createHealthBook, type HealthBook } from './health/health-book.ts'
import { createHealthSharing, type HealthSharing } from './health/share-health.ts'

interface HealthDeps {
  readonly redis: Redis
  readonly clock: Clock
  readonly createId: CreateId
  readonly logger: Logger
  /** How often it is put together how endpoints do, and told to other processes. */
  readonly intervalMs: number
}

/** Builds the records of how endpoints do, and what shares them with other processes. */
export function composeHealth({ redis, clock, createId, logger, intervalMs }: HealthDeps): {
  book: HealthBook
  sharing: HealthSharing
} {
  const book = createHealthBook(clock.now)
  const processId = createId()
  return { book, sharing: createHealthSharing({ book, redis, processId, clock, logger, intervalMs }) }
}
