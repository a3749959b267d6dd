import { defineError } from '../../../shared/errors/define-error.ts'

/** Whoever sends it again has signed it anew. */
export const invalidSignature = defineError<{ fault: string }>({
  code: 'invalid_signature',
  status: 400,
  owner: 'client',
  message: ({ fault }) => `The request is not taken for one of Stripe's: ${fault}.`,
})

export const invalidPaymentEvent = defineError({
  code: 'invalid_event',
  status: 400,
  owner: 'client',
  message: 'The body is not an event of Stripe, or lacks what an event of its type has.',
})

/** Not 2xx: Stripe sends it again for three days, in which somebody may see to it. */
export const unknownPaidWorkspace = defineError<{ workspaceId: string }>({
  code: 'workspace_not_found',
  status: 404,
  owner: 'config',
  message: ({ workspaceId }) =>
    `There is no workspace ${JSON.stringify(workspaceId.slice(0, 100))}; nothing was credited.`,
})
