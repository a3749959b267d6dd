import { defineError } from '../../../shared/errors/define-error.ts'

/** One sentence for an unknown address and for a wrong password: it does not tell who has an account. */
export const signInRefused = defineError({
  code: 'sign_in_refused',
  status: 401,
  owner: 'client',
  message: 'The e-mail address or the password is wrong.',
})

export const signInThrottled = defineError<{ retryAfterSeconds: number }>({
  code: 'sign_in_throttled',
  status: 429,
  owner: 'client',
  message: ({ retryAfterSeconds }) => `Too many failed attempts. Try again in ${retryAfterSeconds} seconds.`,
})

export const emailTaken = defineError<{ email: string }>({
  code: 'email_taken',
  status: 409,
  owner: 'client',
  message: ({ email }) => `There is a user with the e-mail address ${email} already.`,
})

export const userNotFound = defineError({
  code: 'user_not_found',
  status: 404,
  owner: 'client',
  message: 'No user has this e-mail address. A platform admin makes one with `createUser`.',
})

export const adminTokenNotFound = defineError({
  code: 'admin_token_not_found',
  status: 404,
  owner: 'client',
  message: 'You have no admin token with this id.',
})
