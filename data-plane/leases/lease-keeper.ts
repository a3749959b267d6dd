import type { CreditLeases } from '../../shared/money/credit-leases.ts'
import type { Settlement } from '../../shared/money/credit-balance.ts'
import { ZERO, type Nanodollars } from '../../shared/money/nanodollars.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import type { AccountId } from '../../shared/money/account.ts'
import { WorkspaceLease, type ReserveOutcome } from './workspace-lease.ts'

export type { ReserveOutcome }

/**
 * This process's leases on the accounts that the calls it serves are paid from: credits, and budgets. The common call is reserved and settled in memory;
 * Redis is told in the background, and asked only where the lease has too little.
 */
export interface LeaseKeeper {
  /** Stands in the records of calls, so that their charges are found to belong to the lease. */
  readonly leaseId: string
  /** Holds the worst case of a call; at once where the lease has as much. */
  reserve(account: AccountId, amount: Nanodollars): ReserveOutcome | Promise<ReserveOutcome>
  /** What no call holds, as far as this process knows: what a call may cost beyond what it held. */
  spare(account: AccountId): Nanodollars
  /** Replaces what was held by what the call costs. */
  settle(account: AccountId, reserved: Nanodollars, charge: Nanodollars): void
  /** The records of a batch are in the queue or on disk: Redis may be told of what they make due. */
  charge(account: AccountId, settlement: Settlement): void
  /** Records were lost: without them there is no charge. */
  dropCharge(account: AccountId, charge: Nanodollars): void
  /**
   * What an account has, as far as this process knows: exact while no other serves it (see `LeaseAccount.remaining`).
   * Null: not known.
   */
  remaining(account: AccountId): Nanodollars | null
  /** Asks what an account has, where that is not known or was told some time ago. Never rejects. */
  learn(account: AccountId): Promise<void>
  /** Gives back what is idle: a call of another process lacks money. */
  recall(account: AccountId): void
  /** Tells Redis of everything at once: it was away. */
  syncAll(): void
  /** Gives everything back. No call may be under way. */
  close(): Promise<void>
}

interface KeeperDeps {
  readonly leases: CreditLeases
  readonly clock: Clock
  readonly logger: Logger
}

const TICK_MS = 2_000

export function createLeaseKeeper(deps: KeeperDeps): LeaseKeeper {
  const kept = new Map<string, WorkspaceLease>()
  const find = (account: AccountId): WorkspaceLease => kept.get(account) ?? open(account)
  const open = (account: AccountId): WorkspaceLease => {
    const lease = new WorkspaceLease(account, deps)
    kept.set(account, lease)
    return lease
  }
  const tick = setInterval(() => {
    for (const [account, lease] of kept) if (!lease.tick()) kept.delete(account)
  }, TICK_MS).unref()

  return {
    leaseId: deps.leases.leaseId,
    reserve: (account, amount) => find(account).reserve(amount),
    settle: (account, reserved, charge) => find(account).settle(reserved, charge),
    charge: (account, settlement) => find(account).charge(settlement),
    dropCharge: (account, charge) => find(account).dropCharge(charge),
    spare: (account) => kept.get(account)?.spare ?? ZERO,
    remaining: (account) => kept.get(account)?.remaining ?? null,
    learn: (account) => find(account).learn(),
    recall: (account) => kept.get(account)?.recall(),
    syncAll() {
      for (const lease of kept.values()) lease.sync()
    },
    async close() {
      clearInterval(tick)
      await Promise.all([...kept.values()].map((lease) => lease.close()))
    },
  }
}
