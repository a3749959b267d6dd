import type { Redis } from '../redis/connect.ts'
import {
  allowanceKey,
  balanceKey,
  leaseDeadlinesKey,
  leasesKey,
  RECALL_CHANNEL,
  recallsKey,
  settledKey,
  unrecordedKey,
} from '../redis/keys.ts'
import type { AccountId } from './account.ts'
import { ALLOW_SCRIPT, CREDIT_SCRIPT, RELEASE_EXPIRED_SCRIPT, SEED_SCRIPT, SETTLE_SCRIPT } from './credit-scripts.ts'
import { defineScript } from './define-script.ts'
import { nanodollars, type Nanodollars } from './nanodollars.ts'

/** Longer than a record may wait on a disk or in a queue before the ledger has it. */
export const REMEMBER_UNRECORDED_MS = 7 * 24 * 3_600_000
/** What is in the ledger is told again only by a job that runs twice. */
export const REMEMBER_RECORDED_MS = 15 * 60_000
const RELEASE_AT_ONCE = 1_000

/** An entry of the ledger that adds to the balance. */
export interface CreditEntry {
  readonly entryId: string
  readonly amount: Nanodollars
}

export interface Settlement {
  /** Of a batch of records, all of whose charges to the account are settled together; or of one record. */
  readonly id: string
  readonly charge: Nanodollars
}

export interface RecordedSettlement extends Settlement {
  /** The lease it was reserved from; null: a record from before leases. */
  readonly leaseId: string | null
}

export interface ReleasedLease {
  readonly leaseId: string
  /** What came back. */
  readonly amount: Nanodollars
  /** The part of it that calls under way held when their process was last heard of. */
  readonly underWay: Nanodollars
}

export interface LiveBalance {
  /** Free to spend: in the balance, or idle in a lease. */
  readonly balance: Nanodollars
  /** Held by calls under way, as far as their processes have told. */
  readonly reserved: Nanodollars
  /** Taken off for calls whose records may not be in the ledger yet. */
  readonly unrecorded: Nanodollars
  /** What a budget allows; null: these are credits. */
  readonly allowance: Nanodollars | null
}

/** The latest settlements that a seed contains: they may still be on the way and must not count again. */
export interface RecentSettlements {
  readonly ids: readonly string[]
  /** Those of which somebody has yet to tell, however long it takes: what the ledger has in part, and entries not marked. */
  readonly awaited?: readonly string[]
  readonly now: number
}

/**
 * The live balance of each account, in Redis: the credits of a workspace, or what is left of a budget. What MongoDB has
 * is the truth; this is the copy that calls are served from, by processes that hold leases on parts of it
 * (`credit-leases.ts`).
 */
export interface CreditBalance {
  /**
   * Takes off what calls cost, each id once, before their records reach the ledger: so what that has for long was taken.
   * Null: no balance is known.
   */
  announce(account: AccountId, settlements: readonly RecordedSettlement[], now: number): Promise<Nanodollars | null>
  /** The same when the ledger has them, and not for longer than Redis remembers them. */
  settle(account: AccountId, settlements: readonly RecordedSettlement[], now: number): Promise<Nanodollars | null>
  /** That the ledger has had them for long: nothing is taken, and none is unrecorded. */
  confirm(account: AccountId, settlements: readonly RecordedSettlement[], now: number): Promise<Nanodollars | null>
  /** Adds a ledger entry (a top-up, a refund) once. Null: no balance is known, seed it. */
  credit(account: AccountId, entry: CreditEntry, now: number): Promise<Nanodollars | null>
  /** Sets the balance where none is known and ends what leases are left; an existing one is left alone. */
  seed(account: AccountId, balance: Nanodollars, recent?: RecentSettlements): Promise<boolean>
  /** Sets what a budget allows, and so its balance. Null: no balance is known, seed it with what was spent, below zero. */
  allow(account: AccountId, allowance: Nanodollars): Promise<Nanodollars | null>
  /** Null: not known. */
  read(account: AccountId): Promise<LiveBalance | null>
  /** Gives back the leases whose deadline has passed: their process died, or was cut off for as long. */
  releaseExpired(account: AccountId, now: number): Promise<ReleasedLease[]>
  /** Removes all that Redis knows of an account that nobody spends from any more. */
  forget(account: AccountId): Promise<void>
}

export function createCreditBalance(redis: Redis): CreditBalance {
  const settle = defineScript(redis, { name: 'signalboxSettle', keys: 4, lua: SETTLE_SCRIPT })
  const credit = defineScript(redis, { name: 'signalboxCredit', keys: 2, lua: CREDIT_SCRIPT })
  const seed = defineScript(redis, { name: 'signalboxSeed', keys: 6, lua: SEED_SCRIPT })
  const allow = defineScript(redis, { name: 'signalboxAllow', keys: 3, lua: ALLOW_SCRIPT })
  const releaseExpired = defineScript(redis, { name: 'signalboxRelease', keys: 3, lua: RELEASE_EXPIRED_SCRIPT })

  const settleAs =
    (state: 'expected' | 'recorded' | 'confirmed', rememberMs: number): CreditBalance['settle'] =>
    async (account, settlements, now) => {
      const triples = settlements.flatMap(({ id, charge, leaseId }) => [id, charge, leaseId ?? ''])
      const keys = [balanceKey(account), leasesKey(account), settledKey(account), unrecordedKey(account)]
      return readBalance(await settle(...keys, now, now + rememberMs, state, ...triples))
    }

  return {
    announce: settleAs('expected', REMEMBER_UNRECORDED_MS),
    settle: settleAs('recorded', REMEMBER_RECORDED_MS),
    confirm: settleAs('confirmed', REMEMBER_RECORDED_MS),

    async credit(account, { entryId, amount }, now) {
      const keys = [balanceKey(account), settledKey(account)]
      return readBalance(await credit(...keys, entryId, amount, now + REMEMBER_UNRECORDED_MS))
    },

    async seed(account, balance, { ids, awaited = [], now } = { ids: [], now: 0 }) {
      const keys = [...leaseKeys(account), settledKey(account), unrecordedKey(account), allowanceKey(account)]
      const times = [now + REMEMBER_RECORDED_MS, now + REMEMBER_UNRECORDED_MS]
      const [set] = await seed(...keys, balance, ...times, awaited.length, ...awaited, ...ids)
      return set === 1
    },

    async allow(account, allowance) {
      const keys = [balanceKey(account), allowanceKey(account), recallsKey(account)]
      return readBalance(await allow(...keys, allowance, RECALL_CHANNEL, account))
    },

    async read(account) {
      const reading = redis.multi().get(balanceKey(account)).hvals(leasesKey(account))
      const answers = await reading.hvals(unrecordedKey(account)).get(allowanceKey(account)).exec()
      const [balance, leases, unrecorded, allowance] = (answers ?? []).map(([error, answer]) => {
        if (error) throw error
        return answer
      })
      if (typeof balance !== 'string' || !Array.isArray(leases) || !Array.isArray(unrecorded)) return null
      return {
        ...addUp(Number(balance), leases.map(String)),
        unrecorded: nanodollars(unrecorded.reduce((sum: number, charge) => sum + Number(charge), 0)),
        allowance: typeof allowance === 'string' ? nanodollars(Number(allowance)) : null,
      }
    },

    async releaseExpired(account, now) {
      const flat: (string | number)[] = await releaseExpired(...leaseKeys(account), now, RELEASE_AT_ONCE)
      const released: ReleasedLease[] = []
      for (let index = 0; index < flat.length; index += 3) {
        const [amount, underWay] = [nanodollars(Number(flat[index + 1])), nanodollars(Number(flat[index + 2]))]
        released.push({ leaseId: String(flat[index]), amount, underWay })
      }
      return released
    },

    async forget(account) {
      const others = [settledKey, recallsKey, unrecordedKey, allowanceKey].map((key) => key(account))
      await redis.del(...leaseKeys(account), ...others)
    },
  }
}

function addUp(balance: number, leases: readonly string[]): Pick<LiveBalance, 'balance' | 'reserved'> {
  let [free, reserved] = [balance, 0]
  for (const lease of leases) {
    const [outstanding = 0, committed = 0] = lease.split(' ').map(Number)
    free += outstanding - committed
    reserved += committed
  }
  return { balance: nanodollars(free), reserved: nanodollars(reserved) }
}

function readBalance([known, balance = 0]: readonly number[]): Nanodollars | null {
  return known === 1 ? nanodollars(balance) : null
}

function leaseKeys(account: AccountId): [string, string, string] {
  return [balanceKey(account), leasesKey(account), leaseDeadlinesKey(account)]
}
