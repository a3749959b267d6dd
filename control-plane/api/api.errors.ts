import { defineError } from '../../shared/errors/define-error.ts'

export const invalidInput = defineError<{ field: string; fault: string }>({
  code: 'invalid_input',
  status: 400,
  owner: 'client',
  message: ({ field, fault }) => `${field} ${fault}.`,
})

export const internalError = defineError({
  code: 'internal_error',
  status: 500,
  owner: 'platform',
  message: 'Something went wrong on our side. It has been logged.',
})

export const unavailable = defineError({
  code: 'unavailable',
  status: 503,
  owner: 'capacity',
  message: 'The database or Redis does not answer at the moment. Try again shortly.',
})
