import type { BudgetScope } from '../../../shared/money/budget.ts'
import { nanodollars, toDollars } from '../../../shared/money/nanodollars.ts'
import { invalidBudgetScope } from './budgets.errors.ts'
import type { CreateBudgetInput } from './budgets.inputs.ts'
import type { BudgetFacts } from './budgets.read-model.ts'
import type { BudgetType } from './budgets.types.ts'

export function toBudgetType({ budget, spending, period, state }: BudgetFacts): BudgetType {
  const { _id: id, workspaceId, name, scope, mode, createdAt } = budget
  const limit = nanodollars(budget.limitNanodollars)
  const remaining = nanodollars(limit - spending.spent - (spending.reserved ?? 0))
  return {
    id,
    workspaceId,
    name,
    scope: scope.type === 'ab-test' ? 'ab_test' : scope.type,
    keyId: scope.type === 'key' ? scope.keyId : null,
    abTestId: scope.type === 'ab-test' ? scope.abTestId : null,
    period: budget.period,
    mode,
    limitNanodollars: limit,
    limitUsd: toDollars(limit),
    alertAtPercent: [...budget.alertAtPercent],
    spentNanodollars: spending.spent,
    spentUsd: toDollars(spending.spent),
    reservedNanodollars: spending.reserved,
    remainingNanodollars: remaining,
    remainingUsd: toDollars(remaining),
    periodStart: new Date(period.startsAt ?? createdAt),
    periodEnd: period.endsAt === null ? null : new Date(period.endsAt),
    state,
    createdAt: new Date(createdAt),
  }
}

type StatedScope = Pick<CreateBudgetInput, 'scope' | 'keyId' | 'abTestId'>

/** @throws `invalidBudgetScope` where an id is missing, or there is one of something else */
export function readScope({ scope, keyId, abTestId }: StatedScope): BudgetScope {
  if (keyId && scope !== 'key') throw fault('keyId', 'is only for budgets of a key')
  if (abTestId && scope !== 'ab_test') throw fault('abTestId', 'is only for budgets of an A/B test')
  switch (scope) {
    case 'workspace':
      return { type: 'workspace' }
    case 'key':
      if (!keyId) throw fault('keyId', 'is missing: it says which key the budget is of')
      return { type: 'key', keyId }
    case 'ab_test':
      if (!abTestId) throw fault('abTestId', 'is missing: it says which A/B test the budget is of')
      return { type: 'ab-test', abTestId }
    default:
      return scope satisfies never
  }
}

function fault(param: string, what: string): Error {
  return invalidBudgetScope({ fault: `${param} ${what}` }, { param })
}
