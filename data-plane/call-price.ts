import type { Usage } from '../shared/llm/usage.ts'
import type { Nanodollars } from '../shared/money/nanodollars.ts'

/** What a call used, what it costs, and who pays. */
export interface CallPrice {
  readonly usage: Usage | null
  /** What the provider asks. Null: not known. */
  readonly cost: Nanodollars | null
  /** What the workspace pays in credits. */
  readonly charge: Nanodollars
  /** What it would have paid beyond that, but neither was held nor is there. */
  readonly forgiven: Nanodollars
  /** What it counts for in budgets. */
  readonly spend: Nanodollars
  readonly paidBy: 'credits' | 'workspace-credential' | 'nobody'
  /** The price list that the cost comes from, or who reported it. */
  readonly priceVersion: string | null
}
