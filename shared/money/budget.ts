import { z } from 'zod'
import { nanodollars, ZERO, type Nanodollars } from './nanodollars.ts'

/**
 * How much may be spent in a day, a month or ever: by a workspace, by one key, or in one A/B test. Days and months are
 * those of UTC. A hard budget refuses the call that could pass it; a soft one only raises alerts.
 */

export const BUDGET_PERIODS = ['daily', 'monthly', 'total'] as const
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number]

export const BUDGET_MODES = ['hard', 'soft'] as const
export type BudgetMode = (typeof BUDGET_MODES)[number]

/** Nine million dollars: what a double holds exactly in nano-dollars. */
export const HIGHEST_BUDGET = Number.MAX_SAFE_INTEGER

const scope = z.discriminatedUnion('type', [
  z.object({ type: z.literal('workspace') }),
  z.object({ type: z.literal('key'), keyId: z.string().min(1) }),
  z.object({ type: z.literal('ab-test'), abTestId: z.string().min(1) }),
])

/** A budget as the control plane tells the data planes of it. */
export const budgetSchema = z.object({
  id: z.string().min(1),
  name: z.string(),
  scope,
  period: z.enum(BUDGET_PERIODS),
  mode: z.enum(BUDGET_MODES),
  limitNanodollars: z.number().int().positive().max(HIGHEST_BUDGET),
})

export type BudgetScope = z.infer<typeof scope>
export type BudgetSettings = z.infer<typeof budgetSchema>

/**
 * The name of a budget's account in the period that a time is in, for example `budget:01J…:2026-11`. Records of calls
 * keep it, so that a call counts in the period it began in.
 *
 * @param atMs milliseconds since the epoch
 */
export function budgetAccountName({ id, period }: Pick<BudgetSettings, 'id' | 'period'>, atMs: number): string {
  return `budget:${id}:${periodName(period, atMs)}`
}

/** When the period that a time is in ends, ms since the epoch; `Infinity` for one that does not. */
export function periodEnd(period: BudgetPeriod, atMs: number): number {
  const at = new Date(atMs)
  switch (period) {
    case 'daily':
      return Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate() + 1)
    case 'monthly':
      return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1)
    case 'total':
      return Infinity
    default:
      return period satisfies never
  }
}

function periodName(period: BudgetPeriod, atMs: number): string {
  if (period === 'total') return 'total'
  return new Date(atMs).toISOString().slice(0, period === 'daily' ? 10 : 7)
}

interface Spending {
  readonly paidBy: 'credits' | 'workspace-credential' | 'nobody'
  readonly chargeNanodollars: number
  /** Null: not known. */
  readonly costNanodollars: number | null
}

/**
 * What a call counts for in budgets: what it cost the workspace. In credits that is its charge, with the markup; on the
 * workspace's own credential it is what the provider asks. What nobody knows counts as nothing, and has an alert.
 */
export function budgetSpend({ paidBy, chargeNanodollars, costNanodollars }: Spending): Nanodollars {
  switch (paidBy) {
    case 'credits':
      return nanodollars(chargeNanodollars)
    case 'workspace-credential':
      return nanodollars(costNanodollars ?? 0)
    case 'nobody':
      return ZERO
    default:
      return paidBy satisfies never
  }
}
