import type { Redis } from '../shared/redis/connect.ts'
import { runCellKey } from '../shared/redis/keys.ts'
import type { Logger } from '../shared/runtime/logger.ts'

/**
 * Which cells of benchmark runs are asked or answered, so that each is answered and paid for once, whatever becomes of
 * the worker that asks: a worker that died and its successor may ask for the same cell at the same time.
 */
export interface RunCells {
  /** False: it is being asked, or has been answered. */
  claim(workspaceId: string, cell: string): Promise<boolean>
  /** Its call has ended; one without an answer may be asked again. Never throws, never waits. */
  end(workspaceId: string, cell: string, isAnswered: boolean): void
}

/** Longer than a run may be paused. */
const ANSWERED_MS = 30 * 24 * 3_600_000
/** Beyond the longest call, for a process that died in the middle of one. */
const MARGIN_MS = 5_000

export function createRunCells(redis: Redis, { totalMs, logger }: { totalMs: number; logger: Logger }): RunCells {
  return {
    async claim(workspaceId, cell) {
      const key = runCellKey(workspaceId, cell)
      return (await redis.set(key, 'asked', 'PX', totalMs + MARGIN_MS, 'NX')) === 'OK'
    },
    end(workspaceId, cell, isAnswered) {
      const key = runCellKey(workspaceId, cell)
      const ended = isAnswered ? redis.set(key, 'answered', 'PX', ANSWERED_MS) : redis.del(key)
      ended.catch((error: unknown) => {
        logger.warn({ workspaceId, cell, err: error }, "a benchmark's cell stays taken until its time is up")
      })
    },
  }
}
