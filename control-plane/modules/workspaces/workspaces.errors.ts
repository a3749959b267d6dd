import { defineError } from '../../../shared/errors/define-error.ts'

export const memberNotFound = defineError({
  code: 'member_not_found',
  status: 404,
  owner: 'client',
  message: 'This user is not a member of the workspace.',
})

export const alreadyMember = defineError({
  code: 'already_member',
  status: 409,
  owner: 'client',
  message: 'This user is a member already. Change the role with `setMemberRole`.',
})

export const lastOwner = defineError({
  code: 'last_owner',
  status: 409,
  owner: 'client',
  message: 'A workspace needs an owner: make another member owner first.',
})

export const ownersOnly = defineError({
  code: 'owners_only',
  status: 403,
  owner: 'client',
  message: 'Only an owner may make, change or remove an owner.',
})
