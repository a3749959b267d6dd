import { defineError } from '../../../shared/errors/define-error.ts'

export const reconciliationNotFound = defineError({
  code: 'reconciliation_not_found',
  status: 404,
  owner: 'client',
  message: 'There is no such reconciliation in this workspace.',
})

export const nothingToRepair = defineError({
  code: 'nothing_to_repair',
  status: 409,
  owner: 'client',
  message: 'This reconciliation found no drift of a live balance and no lost record.',
})

export const driftChanged = defineError<{ account: string }>({
  code: 'drift_changed',
  status: 409,
  owner: 'client',
  message: ({ account }) =>
    `What was found of ${account} is no longer so. Reconcile again, and repair what that finds, if anything.`,
})

export const balanceNotKnown = defineError({
  code: 'balance_not_known',
  status: 503,
  owner: 'platform',
  message: 'Redis knows no balance of this account at the moment. Repair it again when there is one.',
})
