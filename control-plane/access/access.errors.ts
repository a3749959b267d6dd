import { defineError } from '../../shared/errors/define-error.ts'

export const unauthenticated = defineError({
  code: 'unauthenticated',
  status: 401,
  owner: 'client',
  message: 'Sign in first: send `Authorization: Bearer` with a session token from `signIn` or an admin token.',
})

export const forbidden = defineError<{ needed: string }>({
  code: 'forbidden',
  status: 403,
  owner: 'client',
  message: ({ needed }) => `You may not do this: it takes ${needed}.`,
})

/** Also the answer for a workspace that exists and that the caller is no member of. */
export const workspaceNotFound = defineError({
  code: 'workspace_not_found',
  status: 404,
  owner: 'client',
  message: 'There is no such workspace among yours.',
})
