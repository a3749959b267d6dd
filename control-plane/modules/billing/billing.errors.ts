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
