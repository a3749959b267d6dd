import { nanodollars, toDollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Budget } from './budget-documents.ts'
import { readBudgetAccount } from './budget-periods.ts'

export type BudgetState = 'ok' | 'alerted' | 'exhausted'

/** A share of a budget's limit that was spent. */
export interface PassedThreshold {
  readonly subject: string
  readonly percent: number
}

export interface ThresholdChanges {
  /** Passed, and not told of yet. */
  readonly raise: readonly PassedThreshold[]
  /** Subjects that were told of and hold no longer: the limit was raised, or another period has begun. */
  readonly resolve: readonly string[]
}

type Watched = Pick<Budget, '_id' | 'limitNanodollars' | 'alertAtPercent' | 'alerted'>

/**
 * What is to be told of a budget.
 *
 * @param account the name of the account of the current period
 * @param spent in that period
 */
export function compareThresholds(budget: Watched, account: string, spent: Nanodollars): ThresholdChanges {
  const period = readBudgetAccount(account)?.period ?? ''
  const passed = budget.alertAtPercent
    .filter((percent) => hasPassed(budget, percent, spent))
    .map((percent) => ({ subject: `${budget._id}:${period}:${percent}`, percent }))
  const holding = new Set(passed.map(({ subject }) => subject))
  return {
    raise: passed.filter(({ subject }) => !budget.alerted.includes(subject)),
    resolve: budget.alerted.filter((subject) => !holding.has(subject)),
  }
}

/** How far a budget is spent. */
export function stateOf(budget: Pick<Watched, 'limitNanodollars' | 'alertAtPercent'>, spent: Nanodollars): BudgetState {
  if (spent >= budget.limitNanodollars) return 'exhausted'
  return budget.alertAtPercent.some((percent) => hasPassed(budget, percent, spent)) ? 'alerted' : 'ok'
}

/** For people: what was spent of what, and what comes of it. */
export function thresholdMessage(
  budget: Pick<Budget, 'name' | 'scope' | 'period' | 'mode' | 'limitNanodollars'>,
  account: string,
  reached: { readonly spent: Nanodollars; readonly percent: number },
): string {
  const period = readBudgetAccount(account)?.period ?? ''
  const within = budget.period === 'total' ? '' : ` in the period ${period}`
  const outcome =
    budget.mode === 'hard'
      ? 'Calls that it does not cover are refused (budget_exceeded): raise the limit (updateBudget) if they should not be.'
      : 'It is a soft budget: calls go on.'
  return (
    `${reached.percent} % of the ${budget.period} budget "${budget.name}" ${SCOPES[budget.scope.type]} is used up: ` +
    `${inDollars(reached.spent)} of ${inDollars(budget.limitNanodollars)} were spent${within}. ${outcome}`
  )
}

const SCOPES = { workspace: 'of the workspace', key: 'of a key', 'ab-test': 'of an A/B test' } as const

/** By big integers: a hundred times an amount may leave the safe range. */
function hasPassed({ limitNanodollars }: Pick<Watched, 'limitNanodollars'>, percent: number, spent: Nanodollars) {
  return BigInt(spent) * 100n >= BigInt(limitNanodollars) * BigInt(percent)
}

/** With every digit there is, and never with an exponent. */
function inDollars(amount: number): string {
  const digits = toDollars(nanodollars(amount)).toFixed(9)
  return `$${digits.replace(/\.?0+$/, '')}`
}
