import type { CreditLeases } from '../../shared/money/credit-leases.ts'
import type { Settlement } from '../../shared/money/credit-balance.ts'
import type { Nanodollars } from '../../shared/money/nanodollars.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { WorkspaceLease, type ReserveOutcome } from './workspace-lease.ts'

/**
 * This process's leases on the money of the workspaces it serves. The common call is reserved and settled in memory;
 * Redis is told in the background, and asked only where the lease has too little.
 */
export interface LeaseKeeper {
  /** Stands in the records of calls, so that their charges are found to belong to the lease. */
  readonly leaseId: string
  /** Holds the worst case of a call; at once where the lease has as much. */
  reserve(workspaceId: string, amount: Nanodollars): ReserveOutcome | Promise<ReserveOutcome>
  /** Replaces what was held by what the call costs. */
  settle(workspaceId: string, reserved: Nanodollars, charge: Nanodollars): void
  /** The records of a batch are in the queue or on disk: Redis may be told of what they make due. */
  charge(workspaceId: string, settlement: Settlement): void
  /** Records were lost: without them there is no charge. */
  dropCharge(workspaceId: string, charge: Nanodollars): void
  /**
   * What the workspace has, as far as this process knows: exact while no other serves it (see `LeaseAccount.remaining`).
   * Null: not known.
   */
  remaining(workspaceId: string): Nanodollars | null
  /** Asks what the workspace has, where that is not known or was told some time ago. Never rejects. */
  learn(workspaceId: string): Promise<void>
  /** Gives back what is idle: a call of another process lacks money. */
  recall(workspaceId: string): void
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
  const find = (workspaceId: string): WorkspaceLease => kept.get(workspaceId) ?? open(workspaceId)
  const open = (workspaceId: string): WorkspaceLease => {
    const lease = new WorkspaceLease(workspaceId, deps)
    kept.set(workspaceId, lease)
    return lease
  }
  const tick = setInterval(() => {
    for (const [workspaceId, lease] of kept) if (!lease.tick()) kept.delete(workspaceId)
  }, TICK_MS).unref()

  return {
    leaseId: deps.leases.leaseId,
    reserve: (workspaceId, amount) => find(workspaceId).reserve(amount),
    settle: (workspaceId, reserved, charge) => find(workspaceId).settle(reserved, charge),
    charge: (workspaceId, settlement) => find(workspaceId).charge(settlement),
    dropCharge: (workspaceId, charge) => find(workspaceId).dropCharge(charge),
    remaining: (workspaceId) => kept.get(workspaceId)?.remaining ?? null,
    learn: (workspaceId) => find(workspaceId).learn(),
    recall: (workspaceId) => kept.get(workspaceId)?.recall(),
    syncAll() {
      for (const lease of kept.values()) lease.sync()
    },
    async close() {
      clearInterval(tick)
      await Promise.all([...kept.values()].map((lease) => lease.close()))
    },
  }
}
