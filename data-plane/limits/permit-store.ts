import { defineScript } from '../../shared/money/define-script.ts'
import type { Redis } from '../../shared/redis/connect.ts'
import { limitDeadlinesKey, limitLeasesKey, limitWindowKey } from '../../shared/redis/keys.ts'
import { syncPermitsScript } from './sync-permits-script.ts'

/** A lease whose process was not heard of for so long ends. */
export const LEASE_MS = 10_000

/** `window`: what is used counts for a minute. `slots`: what is held counts, as calls under way do. */
export type MeterKind = 'window' | 'slots'

/** One limit in Redis. */
export interface MeterName {
  readonly workspaceId: string
  readonly meter: string
  readonly kind: MeterKind
}

export interface Refund {
  readonly bucket: number
  readonly permits: number
}

/** What a process says of its lease. */
export interface PermitReport {
  /** Rises by each report. */
  readonly sequence: number
  /** Held on to. */
  readonly kept: number
  /** Idle permits it would like to have beside them. */
  readonly wanted: number
  /** Since the last report. */
  readonly used: number
  /** The window it knows, by when that began; 0: none. */
  readonly born: number
  /** Used in the last minute, and reported before. */
  readonly recent: number
  readonly refunds: readonly Refund[]
  /** What waiting calls need. */
  readonly needs: readonly number[]
}

export type PermitAnswer =
  | {
      readonly type: 'synced'
      /** What the lease holds of that. */
      readonly kept: number
      readonly slice: number
      /** Permits that count for the window, or slots that others hold. */
      readonly counted: number
      /** Less than was wanted: the limit is near. */
      readonly tight: boolean
      /** In which bucket the used permits count. */
      readonly bucket: number
      readonly born: number
      /** Until the oldest of the window leaves it; 0: it is empty. */
      readonly resetMs: number
      /** Until the first refused call would fit. */
      readonly retryMs: number
      /** Of the needs, which were granted. */
      readonly granted: readonly boolean[]
    }
  /** A later report has overtaken this one. */
  | { readonly type: 'stale' }
  /** Redis is away and was not asked: nothing can have changed. */
  | { readonly type: 'unsent' }

/** The Redis side of a process's leases on limits. */
export interface PermitStore {
  readonly isAway: boolean
  /** @throws Error when no answer came: whether it was applied is not known, and the next report settles it */
  sync(name: MeterName, limit: number, report: PermitReport): Promise<PermitAnswer>
}

/** @param script the script with another clock, for a test */
export function createPermitStore(redis: Redis, processId: string, script = syncPermitsScript()): PermitStore {
  const sync = defineScript(redis, { name: 'signalboxSyncPermits', keys: 3, lua: script })

  return {
    get isAway() {
      return redis.status !== 'ready'
    },
    async sync({ workspaceId, meter, kind }, limit, report) {
      if (redis.status !== 'ready') return { type: 'unsent' }
      const { sequence, kept, wanted, used, born, recent, refunds, needs } = report
      const answer = await sync(
        limitWindowKey(workspaceId, meter),
        limitLeasesKey(workspaceId, meter),
        limitDeadlinesKey(workspaceId, meter),
        processId,
        sequence,
        limit,
        LEASE_MS,
        kind,
        kept,
        wanted,
        used,
        born,
        recent,
        refunds.length,
        ...refunds.flatMap(({ bucket, permits }) => [bucket, permits]),
        ...needs,
      )
      return readAnswer(answer)
    },
  }
}

function readAnswer(answer: readonly number[]): PermitAnswer {
  const [known, kept = 0, slice = 0, counted = 0, tight, bucket = 0, born = 0, resetMs = 0, retryMs = 0] = answer
  if (known !== 1) return { type: 'stale' }
  const granted = answer.slice(9).map((outcome) => outcome === 1)
  return { type: 'synced', kept, slice, counted, tight: tight === 1, bucket, born, resetMs, retryMs, granted }
}
