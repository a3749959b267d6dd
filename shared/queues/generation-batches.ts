import { z } from 'zod'
import type { Redis } from '../redis/connect.ts'
import { generationBatchKey } from '../redis/keys.ts'
import { generationSchema, type Generation } from './generations.queue.ts'

/**
 * Batches of records on their way from a data plane to the workers, as bytes: JSON texts of records with commas between.
 *
 * They are not in the payload of their job. A payload is text, which the Redis client holds in its objects until the
 * collector has seen them twice; at thousands of calls a second that made the old generation grow by every byte of every
 * record. Bytes lie outside the heap, and are written from memory that is used again.
 */
export interface GenerationBatches {
  /** Keeps the bytes of a batch. They are sent, or copied, when this returns; it resolves when Redis has them. */
  put(batchId: string, records: Buffer): Promise<void>
  /**
   * The records of a batch. Null: it is not there, for it was ingested and removed.
   *
   * @throws UnreadableBatch when its bytes are not records
   */
  read(batchId: string): Promise<Generation[] | null>
  /** Those of some batches that wait here. */
  findWaiting(batchIds: readonly string[]): Promise<Set<string>>
  /** Forgets a batch whose records are in the database. */
  remove(batchId: string): Promise<void>
}

/** The bytes of a batch are not records: it will never be ingested, and stays to be looked at. */
export class UnreadableBatch extends Error {}

/** Far longer than workers may be away: a batch whose job was lost must not stay for ever. */
const KEPT_SECONDS = 30 * 24 * 3_600

const batchSchema = z.array(generationSchema)

export function createGenerationBatches(redis: Redis): GenerationBatches {
  return {
    async put(batchId, records) {
      // A cluster's client may send a command again after it was given up, when the caller has used the memory anew.
      const kept = redis.isCluster ? Buffer.from(records) : records
      await redis.set(generationBatchKey(batchId), kept, 'EX', KEPT_SECONDS)
    },
    async read(batchId) {
      const records = await redis.get(generationBatchKey(batchId))
      return records === null ? null : readRecords(records)
    },
    async findWaiting(batchIds) {
      // One by one: in a cluster each key has a place of its own.
      const found = await Promise.all(batchIds.map((batchId) => redis.exists(generationBatchKey(batchId))))
      return new Set(batchIds.filter((_batchId, index) => found[index] === 1))
    },
    async remove(batchId) {
      await redis.del(generationBatchKey(batchId))
    },
  }
}

function readRecords(records: string): Generation[] {
  try {
    return batchSchema.parse(JSON.parse(`[${records}]`))
  } catch (error) {
    throw new UnreadableBatch('a batch does not hold records of the agreed form', { cause: error })
  }
}
