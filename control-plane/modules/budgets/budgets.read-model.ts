import type { Model } from 'mongoose'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { BudgetSettings } from '../../../shared/money/budget.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { BudgetAccounts, BudgetSpending } from './budget-accounts.ts'
import type { Budget } from './budget-documents.ts'
import { periodAt, type BudgetPeriodAccount } from './budget-periods.ts'
import { stateOf, type BudgetState } from './budget-thresholds.ts'
import { budgetNotFound } from './budgets.errors.ts'

export type { Budget }

/** A budget and how far it is spent in its current period. */
export interface BudgetFacts {
  readonly budget: Budget
  readonly spending: BudgetSpending
  readonly period: BudgetPeriodAccount
  readonly state: BudgetState
}

export interface BudgetsReadModel {
  /** Oldest first. */
  list(workspaceId: string): Promise<BudgetFacts[]>
  /** @throws `budgetNotFound` */
  get(workspaceId: string, budgetId: string): Promise<BudgetFacts>
  facts(budget: Budget): Promise<BudgetFacts>
  forSnapshot(workspaceId: string): Promise<BudgetSettings[]>
  /** Of all workspaces, with deleted ones that Redis may still know of. */
  listAll(): Promise<Budget[]>
}

interface Deps {
  readonly model: Model<Budget>
  readonly budgets: WorkspaceCollection<Budget>
  readonly accounts: Pick<BudgetAccounts, 'spending'>
  readonly clock: Clock
}

const OLDEST_FIRST = { sort: { _id: 1 } } as const

export function createBudgetsReadModel({ model, budgets, accounts, clock }: Deps): BudgetsReadModel {
  const readModel: BudgetsReadModel = {
    async list(workspaceId) {
      return Promise.all((await budgets.find(workspaceId, { deletedAt: null }, OLDEST_FIRST)).map(readModel.facts))
    },

    async get(workspaceId, budgetId) {
      const budget = await budgets.findOne(workspaceId, { _id: budgetId, deletedAt: null })
      if (!budget) throw budgetNotFound({})
      return readModel.facts(budget)
    },

    async facts(budget) {
      const spending = await accounts.spending(budget)
      const period = periodAt({ id: budget._id, period: budget.period }, clock.now())
      return { budget, spending, period, state: stateOf(budget, spending.spent) }
    },

    async forSnapshot(workspaceId) {
      const live = await budgets.find(workspaceId, { deletedAt: null }, OLDEST_FIRST)
      return live.map(({ _id: id, name, scope, period, mode, limitNanodollars }) => {
        return { id, name, scope, period, mode, limitNanodollars }
      })
    },

    // Over all workspaces: the sweep has none in mind.
    listAll: () => model.find({}).lean<Budget[]>().exec(),
  }
  return readModel
}
