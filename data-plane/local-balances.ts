import { nanodollars, ZERO, type Nanodollars } from '../shared/money/nanodollars.ts'

/**
 * The last balance Redis told of each workspace. While Redis is away, calls are served against it: never beyond what
 * was known to be there, less what this process has held since.
 */
export interface LocalBalances {
  remember(workspaceId: string, balance: Nanodollars): void
  /** @returns what was held or the reason why not; `unknown` for a workspace this process has not served yet */
  hold(workspaceId: string, amount: Nanodollars): { type: 'held' | 'insufficient' | 'unknown'; balance: Nanodollars }
  giveBack(workspaceId: string, amount: Nanodollars): void
}

const WORKSPACES_KEPT = 10_000

export function createLocalBalances(): LocalBalances {
  const balances = new Map<string, Nanodollars>()
  return {
    remember(workspaceId, balance) {
      if (balances.size >= WORKSPACES_KEPT && !balances.has(workspaceId)) balances.clear()
      balances.set(workspaceId, balance)
    },
    hold(workspaceId, amount) {
      const balance = balances.get(workspaceId)
      if (balance === undefined) return { type: 'unknown', balance: ZERO }
      if (balance <= 0 || balance < amount) return { type: 'insufficient', balance }
      balances.set(workspaceId, nanodollars(balance - amount))
      return { type: 'held', balance }
    },
    giveBack(workspaceId, amount) {
      const balance = balances.get(workspaceId)
      if (balance !== undefined) balances.set(workspaceId, nanodollars(balance + amount))
    },
  }
}
