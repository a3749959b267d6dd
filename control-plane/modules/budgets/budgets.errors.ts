import { defineError } from '../../../shared/errors/define-error.ts'

export const budgetNotFound = defineError({
  code: 'budget_not_found',
  status: 404,
  owner: 'client',
  message: 'There is no such budget in this workspace.',
})

export const tooManyBudgets = defineError<{ most: number; where: string }>({
  code: 'too_many_budgets',
  status: 409,
  owner: 'client',
  message: ({ most, where }) => `There may be ${most} budgets ${where}, and there are. Delete one first.`,
})

export const invalidBudgetScope = defineError<{ fault: string }>({
  code: 'invalid_budget_scope',
  status: 400,
  owner: 'client',
  message: ({ fault }) => `${fault}.`,
})
