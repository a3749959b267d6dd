import { defineError } from '../../../shared/errors/define-error.ts'

export const alertNotFound = defineError({
  code: 'alert_not_found',
  status: 404,
  owner: 'client',
  message: 'There is no such alert in this workspace.',
})
