import { budgetAccountName, periodEnd, type BudgetSettings } from '../../../shared/money/budget.ts'

/** A period of a budget, with the account that is spent from in it. Times are ms since the epoch. */
export interface BudgetPeriodAccount {
  /** The account's name, for example `budget:01J…:2026-11`. */
  readonly account: string
  /** Null: the budget has one period, which began with it. */
  readonly startsAt: number | null
  /** Null: it does not end. */
  readonly endsAt: number | null
}

type Budgeted = Pick<BudgetSettings, 'id' | 'period'>

/** The period that a time is in. */
export function periodAt(budget: Budgeted, atMs: number): BudgetPeriodAccount {
  const account = budgetAccountName(budget, atMs)
  const end = periodEnd(budget.period, atMs)
  return { account, startsAt: periodStart(budget, atMs), endsAt: Number.isFinite(end) ? end : null }
}

/**
 * The period that a time is in and the one after it: accounts of both are kept open, so that a period begins also where
 * nobody is there to begin it.
 */
export function openPeriods(budget: Budgeted, atMs: number): BudgetPeriodAccount[] {
  const current = periodAt(budget, atMs)
  return current.endsAt === null ? [current] : [current, periodAt(budget, current.endsAt)]
}

/** Of an account's name: the budget, and the period in words, for example `2026-11`. Null: it is no budget's. */
export function readBudgetAccount(account: string): { readonly budgetId: string; readonly period: string } | null {
  const [kind, budgetId, period, ...more] = account.split(':')
  if (kind !== 'budget' || !budgetId || !period || more.length > 0) return null
  return { budgetId, period }
}

function periodStart({ period }: Budgeted, atMs: number): number | null {
  const at = new Date(atMs)
  switch (period) {
    case 'daily':
      return Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate())
    case 'monthly':
      return Date.UTC(at.getUTCFullYear(), at.getUTCMonth())
    case 'total':
      return null
    default:
      return period satisfies never
  }
}
