import type { Redis } from '../redis/connect.ts'
import {
  balanceKey,
  leaseDeadlinesKey,
  leasesKey,
  RECALL_CHANNEL,
  recallsKey,
  settledKey,
  unrecordedKey,
} from '../redis/keys.ts'
import type { AccountId } from './account.ts'
import { REMEMBER_UNRECORDED_MS, type Settlement } from './credit-balance.ts'
import { SYNC_LEASE_SCRIPT } from './credit-scripts.ts'
import { defineScript } from './define-script.ts'
import { nanodollars, type Nanodollars } from './nanodollars.ts'

/** A lease whose process was not heard of for so long is given back. */
export const LEASE_MS = 60_000

/** What a waiting call needs. */
export interface Need {
  readonly amount: Nanodollars
  /** The recall whose answers it waits for; 0: none yet. */
  readonly recall: number
}

/** What a process says of its lease: what it keeps, not what it changes, so that a lost word does no harm. */
export interface LeaseReport {
  /** Rises by each report. */
  readonly sequence: number
  /** Kept for calls under way, and for charges that are not among the settlements. */
  readonly committed: Nanodollars
  /** Kept idle. */
  readonly free: Nanodollars
  /** The idle money it would like to have. */
  readonly target: Nanodollars
  /** The least that is of use to it: what a call needs. */
  readonly unit: Nanodollars
  readonly settlements: readonly Settlement[]
  readonly needs: readonly Need[]
}

export type NeedOutcome =
  | { readonly type: 'granted' }
  | { readonly type: 'refused' }
  | { readonly type: 'recalled'; readonly recall: number }

export type LeaseAnswer =
  | {
      readonly type: 'synced'
      /** What the lease holds of committed and free. */
      readonly kept: Nanodollars
      /** Idle money that was added. */
      readonly slice: Nanodollars
      /** Too little is left for slices: each call must ask. */
      readonly tight: boolean
      /** What no call holds. */
      readonly available: Nanodollars
      readonly outcomes: readonly NeedOutcome[]
    }
  /** Redis has no balance of this account, for example after it was emptied; the sweep restores it. */
  | { readonly type: 'unknown' }
  /** A later report has overtaken this one. */
  | { readonly type: 'stale' }
  /** Redis is away and was not asked: nothing can have changed. */
  | { readonly type: 'unsent' }

/** The Redis side of a process's leases: one in each account that it spends from, all of one id. */
export interface CreditLeases {
  readonly leaseId: string
  /** @throws Error when no answer came: whether it was applied is not known, and the next report settles it */
  sync(account: AccountId, report: LeaseReport, now: number): Promise<LeaseAnswer>
}

export function createCreditLeases(redis: Redis, leaseId: string): CreditLeases {
  const sync = defineScript(redis, { name: 'signalboxSyncLease', keys: 6, lua: SYNC_LEASE_SCRIPT })

  return {
    leaseId,
    async sync(account, report, now) {
      if (redis.status !== 'ready') return { type: 'unsent' }
      const { sequence, committed, free, target, unit, settlements, needs } = report
      const answer = await sync(
        ...leaseKeys(account),
        leaseId,
        sequence,
        now,
        now + LEASE_MS,
        now + REMEMBER_UNRECORDED_MS,
        committed,
        free,
        target,
        unit,
        RECALL_CHANNEL,
        account,
        settlements.length,
        ...settlements.flatMap(({ id, charge }) => [id, charge]),
        ...needs.flatMap(({ amount, recall }) => [amount, recall]),
      )
      return readAnswer(answer)
    },
  }
}

function leaseKeys(account: AccountId): string[] {
  const keys = [balanceKey, leasesKey, leaseDeadlinesKey, settledKey, recallsKey, unrecordedKey]
  return keys.map((key) => key(account))
}

function readAnswer([known, kept = 0, slice = 0, tight, available = 0, ...outcomes]: readonly number[]): LeaseAnswer {
  if (known !== 1) return { type: known === 2 ? 'stale' : 'unknown' }
  return {
    type: 'synced',
    kept: nanodollars(kept),
    slice: nanodollars(slice),
    tight: tight === 1,
    available: nanodollars(available),
    outcomes: outcomes.map(readOutcome),
  }
}

function readOutcome(outcome: number): NeedOutcome {
  if (outcome < 0) return { type: 'recalled', recall: -outcome }
  return { type: outcome === 1 ? 'granted' : 'refused' }
}
