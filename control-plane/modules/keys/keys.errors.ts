import { defineError } from '../../../shared/errors/define-error.ts'

export const keyNotFound = defineError({
  code: 'key_not_found',
  status: 404,
  owner: 'client',
  message: 'There is no such key in this workspace.',
})

export const expiryInThePast = defineError({
  code: 'expiry_in_the_past',
  status: 400,
  owner: 'client',
  message: 'expiresAt must be in the future.',
})
