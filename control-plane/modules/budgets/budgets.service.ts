import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import type { BudgetMode, BudgetPeriod, BudgetScope } from '../../../shared/money/budget.ts'
import type { Generation } from '../../../shared/queues/generations.queue.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { BudgetAccounts } from './budget-accounts.ts'
import type { Budget } from './budget-documents.ts'
import type { BudgetTotals } from './budget-totals.ts'
import { budgetNotFound, invalidBudgetScope, tooManyBudgets } from './budgets.errors.ts'
import { accountsToOpen, type KeepBudgets } from './keep-budgets.ts'
import { settleBudgets } from './settle-budgets.ts'
import type { ThresholdWatch } from './watch-thresholds.ts'

const MOST_BUDGETS = 100
/** A call counts in those of its workspace, its key and its A/B test. */
const MOST_OF_A_SCOPE = 10

export interface NewBudget {
  readonly name: string
  readonly scope: BudgetScope
  readonly period: BudgetPeriod
  readonly mode: BudgetMode
  readonly limitNanodollars: number
  /** Rising, each once. */
  readonly alertAtPercent: readonly number[]
  readonly createdBy: string
}

export type BudgetChanges = Partial<Pick<NewBudget, 'name' | 'mode' | 'limitNanodollars' | 'alertAtPercent'>>

/** In what batch records came. */
export interface SpentBatch {
  /** Under which they are settled; undefined: each record came alone. */
  readonly id: string | undefined
  /** When the first run kept its records, ms; null: this one did. */
  readonly keptAt: number | null
}

export interface BudgetsService extends KeepBudgets {
  /** It counts calls from now on. Not while Redis is away: calls that it counts must find its account there. */
  create(workspaceId: string, budget: NewBudget): Promise<Budget>
  /** What is left out stays as it is. */
  update(workspaceId: string, budgetId: string, changes: BudgetChanges): Promise<Budget>
  delete(workspaceId: string, budgetId: string): Promise<void>
  /** Counts records of calls in their budgets. Again with the same batch it changes nothing. */
  recordSpending(generations: readonly Generation[], batch: SpentBatch): Promise<void>
  /** Takes old settlements into the totals of their accounts. Gives how many were deleted. */
  foldOld(): Promise<number>
}

interface Deps {
  readonly budgets: WorkspaceCollection<Budget>
  readonly accounts: BudgetAccounts
  readonly totals: Pick<BudgetTotals, 'foldOld'>
  readonly watch: ThresholdWatch
  readonly keepBudgets: KeepBudgets
  readonly snapshots: SnapshotWriter
  readonly hasKey: (workspaceId: string, keyId: string) => Promise<boolean>
  readonly hasAbTest: (workspaceId: string, abTestId: string) => Promise<boolean>
  readonly clock: Clock
  readonly createId: CreateId
}

export function createBudgetsService(deps: Deps): BudgetsService {
  const { budgets, accounts, totals, watch, keepBudgets, snapshots, clock, createId } = deps
  const checkNew = createCheckNew(deps)

  return {
    async create(workspaceId, newBudget) {
      await checkNew(workspaceId, newBudget)
      const now = clock.now()
      const _id = createId()
      const opened = accountsToOpen({ _id, period: newBudget.period }, now)
      const budget: Budget = { _id, workspaceId, ...newBudget, opened, alerted: [], createdAt: now, deletedAt: null }
      // Before any snapshot can name it: a call whose budget Redis does not know is not served.
      await accounts.keepOpen(budget)
      await snapshots.change(workspaceId, () => budgets.insert(budget))
      return budget
    },

    async update(workspaceId, budgetId, changes) {
      const budget = await change(workspaceId, budgetId, changes)
      await keepBudgets.keep([budget])
      return budget
    },

    async delete(workspaceId, budgetId) {
      const deleted = await change(workspaceId, budgetId, { deletedAt: clock.now() })
      await watch.endAlerts(deleted)
    },

    async recordSpending(generations, { id, keptAt }) {
      const settled = settleBudgets(generations, id)
      if (settled.length === 0) return
      await accounts.settle(settled, keptAt)
      await watch.checkSpent(settled)
    },

    foldOld: totals.foldOld,

    ...keepBudgets,
  }

  async function change(workspaceId: string, budgetId: string, fields: Partial<Budget>): Promise<Budget> {
    return snapshots.change(workspaceId, async () => {
      const changed = await budgets.update(workspaceId, { _id: budgetId, deletedAt: null }, { $set: fields })
      if (!changed) throw budgetNotFound({}, { param: 'id' })
      return changed
    })
  }
}

function createCheckNew({ budgets, hasKey, hasAbTest }: Pick<Deps, 'budgets' | 'hasKey' | 'hasAbTest'>) {
  return async (workspaceId: string, { scope }: NewBudget): Promise<void> => {
    if (scope.type === 'key' && !(await hasKey(workspaceId, scope.keyId))) {
      throw invalidBudgetScope({ fault: 'There is no such key in this workspace' }, { param: 'keyId' })
    }
    if (scope.type === 'ab-test' && !(await hasAbTest(workspaceId, scope.abTestId))) {
      throw invalidBudgetScope({ fault: 'There is no such A/B test in this workspace' }, { param: 'abTestId' })
    }
    const [all, own] = await Promise.all([
      budgets.count(workspaceId, { deletedAt: null }),
      budgets.count(workspaceId, { deletedAt: null, ...inScope(scope) }),
    ])
    if (all >= MOST_BUDGETS) throw tooManyBudgets({ most: MOST_BUDGETS, where: 'in a workspace' })
    if (own >= MOST_OF_A_SCOPE) throw tooManyBudgets({ most: MOST_OF_A_SCOPE, where: WHERE[scope.type] })
  }
}

const WHERE = { workspace: 'of the workspace as a whole', key: 'of one key', 'ab-test': 'of one A/B test' } as const

function inScope(scope: BudgetScope): Record<string, string> {
  return Object.fromEntries(Object.entries(scope).map(([field, value]) => [`scope.${field}`, value]))
}
