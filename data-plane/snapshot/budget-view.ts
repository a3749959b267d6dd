import { namedAccount, type AccountId } from '../../shared/money/account.ts'
import { budgetAccountName, type BudgetSettings } from '../../shared/money/budget.ts'

/** A hard budget that a call counts in, with its account in the period the call began in. */
export interface CallBudget {
  readonly account: AccountId
  readonly budget: BudgetSettings
}

/** The budgets that a call counts in. */
export interface CallBudgets {
  /** The names of the accounts of all of them, hard and soft, as the call's record keeps them. */
  readonly names: string[]
  /** Those that must cover the call. */
  readonly hard: readonly CallBudget[]
}

export const NO_BUDGETS: CallBudgets = { names: [], hard: [] }

/** What decides which budgets a call counts in, and in which of their periods. */
export interface BudgetedCall {
  readonly keyId: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly direction: { readonly exposure: { readonly abTestId: string } | null }
}

export interface BudgetView {
  of(call: BudgetedCall): CallBudgets
}

/** Every period ends with a day of UTC. */
const DAY_MS = 86_400_000
const MOST_KEPT = 10_000

/** Finds the budgets of calls: worked out once a day for each key and A/B test, not for each call. */
export function createBudgetView(workspaceId: string, budgets: readonly BudgetSettings[]): BudgetView {
  if (budgets.length === 0) return { of: () => NO_BUDGETS }
  const found = new Map<string, CallBudgets>()
  let foundDay = 0

  const find = ({ keyId, startedAt, direction }: BudgetedCall): CallBudgets => {
    const abTestId = direction.exposure?.abTestId ?? null
    const own = budgets.filter(({ scope }) => {
      if (scope.type === 'key') return scope.keyId === keyId
      return scope.type === 'workspace' || scope.abTestId === abTestId
    })
    const nameOf = (budget: BudgetSettings): string => budgetAccountName(budget, startedAt)
    return {
      names: own.map(nameOf),
      hard: own
        .filter(({ mode }) => mode === 'hard')
        .map((budget) => ({ account: namedAccount(workspaceId, nameOf(budget)), budget })),
    }
  }

  return {
    of(call) {
      const day = Math.floor(call.startedAt / DAY_MS)
      // A call from before midnight that is decided after it.
      if (day < foundDay) return find(call)
      if (day > foundDay || found.size >= MOST_KEPT) found.clear()
      foundDay = day
      const { exposure } = call.direction
      const name = exposure ? `${call.keyId} ${exposure.abTestId}` : call.keyId
      const known = found.get(name)
      if (known) return known
      const own = find(call)
      found.set(name, own)
      return own
    },
  }
}
