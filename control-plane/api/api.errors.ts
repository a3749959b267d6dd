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
