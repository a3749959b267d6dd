import { defineError } from '../../../shared/errors/define-error.ts'

export const routerNotFound = defineError({
  code: 'router_not_found',
  status: 404,
  owner: 'client',
  message: 'There is no such router in this workspace.',
})

export const routerInUse = defineError<{ abTestId: string }>({
  code: 'router_in_use',
  status: 409,
  owner: 'client',
  message: ({ abTestId }) => `The router is a variant of the A/B test ${abTestId}. Archive that variant first.`,
})

export const routerChanged = defineError({
  code: 'router_changed',
  status: 409,
  owner: 'client',
  message: 'The router was changed by somebody else meanwhile. Look at it again before you change it.',
})

export const invalidRouter = defineError<{ path: string; fault: string }>({
  code: 'invalid_router',
  status: 400,
  owner: 'client',
  message: ({ path, fault }) => `${path} ${fault}.`,
})

export const invalidCondition = defineError<{ path: string; fault: string }>({
  code: 'invalid_condition',
  status: 400,
  owner: 'client',
  message: ({ path, fault }) => `${path} ${fault}.`,
})

export const targetNotFound = defineError<{ path: string }>({
  code: 'target_not_found',
  status: 400,
  owner: 'client',
  message: ({ path }) => `${path} names an A/B test that this workspace does not have, or that is archived.`,
})

export const routingCycle = defineError<{ path: string }>({
  code: 'routing_cycle',
  status: 400,
  owner: 'client',
  message: ({ path }) => `${path} leads back to this router: a request would go round in a circle.`,
})

export const previewNotPossible = defineError<{ fault: string }>({
  code: 'invalid_request',
  status: 400,
  owner: 'client',
  message: ({ fault }) => `request ${fault}.`,
})
