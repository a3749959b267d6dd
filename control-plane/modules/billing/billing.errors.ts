import { defineError } from '../../../shared/errors/define-error.ts'

export const idempotencyConflict = defineError({
  code: 'idempotency_conflict',
  status: 409,
  owner: 'client',
  message: 'A top-up with this idempotencyKey and another amount was made before. Use a new key for a new top-up.',
})

export const invalidAmount = defineError<{ fault: string }>({
  code: 'invalid_amount',
  status: 400,
  owner: 'client',
  message: ({ fault }) => `amountUsd ${fault}.`,
})
