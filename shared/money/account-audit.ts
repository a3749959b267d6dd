import type { Redis } from '../redis/connect.ts'
import { allowanceKey, balanceKey, leasesKey, settledKey, unrecordedKey } from '../redis/keys.ts'
import type { AccountId } from './account.ts'
import { REMEMBER_RECORDED_MS } from './credit-balance.ts'
import { defineScript } from './define-script.ts'
import { nanodollars, type Nanodollars } from './nanodollars.ts'

/** All that Redis knows of an account, at one moment. */
export interface AuditedAccount {
  /** In the balance and in leases, with what calls under way hold. */
  readonly held: Nanodollars
  /** What was taken off for records that the ledger may not have, as far as the worker has told: id of the settlement → charge. */
  readonly unrecorded: ReadonlyMap<string, Nanodollars>
  /** The settlements that the worker told of lately, or that the balance had in it when it was restored. */
  readonly recordedLately: ReadonlySet<string>
  /** What a budget allows; null: these are credits. */
  readonly allowance: Nanodollars | null
}

/** For whoever compares what Redis has with what MongoDB has. */
export interface AccountAudit {
  /**
   * @param now of the clock that the workers go by, ms
   * @param latelyMs how far back the settlements are looked for that the worker told of; less than they are remembered
   * @returns null: no balance is known
   */
  read(account: AccountId, now: number, latelyMs: number): Promise<AuditedAccount | null>
  /**
   * Gives back what processes took off for records that are nowhere, and forgets the settlements, so that a record that
   * turns up after all is charged. Of an id that is not unrecorded nothing happens.
   *
   * @returns what was given back; null: no balance is known
   */
  giveBack(account: AccountId, settlementIds: readonly string[]): Promise<Nanodollars | null>
}

/** Clocks of workers may be ahead of this one by so much. */
const CLOCK_MARGIN_MS = 60_000

/**
 * KEYS  1 balance  2 settled  3 unrecorded
 * ARGV  ids of settlements
 * GIVES {1, given back} · {0} where no balance is known: nothing is changed
 */
const GIVE_BACK_SCRIPT = `
if redis.call('EXISTS', KEYS[1]) == 0 then return {0} end
local given = 0
for _, id in ipairs(ARGV) do
  local charge = redis.call('HGET', KEYS[3], id)
  if charge then
    given = given + tonumber(charge)
    redis.call('HDEL', KEYS[3], id)
    redis.call('ZREM', KEYS[2], id)
  end
end
redis.call('INCRBY', KEYS[1], string.format('%.0f', given))
return {1, given}
`

export function createAccountAudit(redis: Redis): AccountAudit {
  const giveBack = defineScript(redis, { name: 'signalboxGiveBack', keys: 3, lua: GIVE_BACK_SCRIPT })

  return {
    async read(account, now, latelyMs) {
      const forgottenAt = now + REMEMBER_RECORDED_MS
      const [from, to] = [forgottenAt - latelyMs, forgottenAt + CLOCK_MARGIN_MS]
      const reading = redis.multi().get(balanceKey(account)).hvals(leasesKey(account)).hgetall(unrecordedKey(account))
      const answers = await reading.zrangebyscore(settledKey(account), from, to).get(allowanceKey(account)).exec()
      const [balance, leases, unrecorded, recorded, allowance] = (answers ?? []).map(([error, answer]) => {
        if (error) throw error
        return answer
      })
      if (typeof balance !== 'string') return null
      return {
        held: nanodollars(Number(balance) + sumOutstanding(leases)),
        unrecorded: readCharges(unrecorded),
        recordedLately: new Set(Array.isArray(recorded) ? recorded.map(String) : []),
        allowance: typeof allowance === 'string' ? nanodollars(Number(allowance)) : null,
      }
    },

    async giveBack(account, settlementIds) {
      const keys = [balanceKey(account), settledKey(account), unrecordedKey(account)]
      const [known, given = 0] = await giveBack(...keys, ...settlementIds)
      return known === 1 ? nanodollars(given) : null
    },
  }
}

/** A lease begins with what it holds. */
function sumOutstanding(leases: unknown): number {
  if (!Array.isArray(leases)) return 0
  return leases.reduce((sum: number, lease) => sum + Number.parseInt(String(lease), 10), 0)
}

function readCharges(unrecorded: unknown): Map<string, Nanodollars> {
  const entries = typeof unrecorded === 'object' && unrecorded !== null ? Object.entries(unrecorded) : []
  return new Map(entries.map(([id, charge]) => [id, nanodollars(Number(charge))]))
}
