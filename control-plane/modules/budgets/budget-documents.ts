import type { WorkspaceDocument } from '../../database/workspace-collection.ts'
import type { BudgetMode, BudgetPeriod, BudgetScope } from '../../../shared/money/budget.ts'

/** An account of a budget, by its name, that may be known to Redis. */
export interface OpenedAccount {
  readonly account: string
  /** When its period ends, ms since the epoch; null: never. */
  readonly endsAt: number | null
}

export interface Budget extends WorkspaceDocument {
  readonly name: string
  readonly scope: BudgetScope
  readonly period: BudgetPeriod
  readonly mode: BudgetMode
  readonly limitNanodollars: number
  /** Percents of the limit, rising, each once. */
  readonly alertAtPercent: readonly number[]
  /** Written before Redis is told of them, so that none stays in it unknown to us. */
  readonly opened: readonly OpenedAccount[]
  /** The subjects of the alerts that were raised and hold. */
  readonly alerted: readonly string[]
  readonly createdAt: number
  readonly createdBy: string
  /** It stays for as long as its accounts do: calls under way may yet be settled. */
  readonly deletedAt: number | null
}

/**
 * What records of calls took from one account of a budget, as Redis is told of it: those of a batch together. The sum of
 * all is what was spent.
 */
export interface BudgetSettlement extends WorkspaceDocument {
  /** Account and settlement, so that a settlement counts once. */
  readonly _id: string
  /** By its name. */
  readonly account: string
  readonly settlementId: string
  readonly amountNanodollars: number
  /** The same by when the calls began. */
  readonly pieces: readonly SpentPiece[]
  /** When it was written, ms since the epoch. */
  readonly at: number
}

/** What calls took that began in a piece of time. */
export interface SpentPiece {
  /** When it begins, ms since the epoch: a multiple of its length. */
  readonly from: number
  readonly amountNanodollars: number
}

/** The settlements of an account that were written before a time, added up; they are deleted then. */
export interface BudgetTotal extends WorkspaceDocument {
  /** The account's name. */
  readonly _id: string
  /** It has every settlement that was written before this, and no other. */
  readonly upTo: number
  readonly amountNanodollars: number
  /** The same by the day on which the calls began, in UTC. */
  readonly days: readonly SpentPiece[]
}
