import { defineError } from '../../../shared/errors/define-error.ts'

/** Also the answer for a call of a workspace that the caller is no member of. */
export const generationNotFound = defineError({
  code: 'generation_not_found',
  status: 404,
  owner: 'client',
  message: 'There is no such generation in your workspaces. A call is listed within seconds after it ended.',
})
