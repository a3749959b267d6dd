import { defineError } from '../../../shared/errors/define-error.ts'

export const idempotencyConflict = defineError({
  code: 'idempotency_conflict',
  status: 409,
  owner: 'client',
  message: 'An entry of this cause and another amount was made before. Use a new idempotencyKey for a new one.',
})

export const invalidAmount = defineError<{ fault: string }>({
  code: 'invalid_amount',
  status: 400,
  owner: 'client',
  message: ({ fault }) => `amountUsd ${fault}.`,
})

export const chargeNotFound = defineError({
  code: 'charge_not_found',
  status: 404,
  owner: 'client',
  message: 'The ledger of this workspace has no charge for this call. Calls reach it within seconds of their end.',
})

export const refundTooHigh = defineError<{ left: string }>({
  code: 'refund_too_high',
  status: 409,
  owner: 'client',
  message: ({ left }) => `Of this call ${left} US dollars are left to be refunded.`,
})

export const refundConflict = defineError({
  code: 'conflict',
  status: 409,
  owner: 'client',
  message: 'Other refunds of this call are being made at this moment. Try again.',
})
