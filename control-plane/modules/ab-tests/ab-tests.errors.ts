import { defineError } from '../../../shared/errors/define-error.ts'

export const abTestNotFound = defineError({
  code: 'ab_test_not_found',
  status: 404,
  owner: 'client',
  message: 'There is no such A/B test in this workspace.',
})

export const abTestArchived = defineError({
  code: 'ab_test_archived',
  status: 409,
  owner: 'client',
  message: 'The A/B test is archived and cannot be changed.',
})

export const abTestInUse = defineError<{ router: string }>({
  code: 'ab_test_in_use',
  status: 409,
  owner: 'client',
  message: ({ router }) => `The router ${router} sends requests to this A/B test. Change the router first.`,
})

export const abTestChanged = defineError({
  code: 'ab_test_changed',
  status: 409,
  owner: 'client',
  message: 'Others are changing this A/B test at the moment. Look at it again, then repeat the change.',
})

export const promotionConflict = defineError({
  code: 'promotion_conflict',
  status: 409,
  owner: 'client',
  message: 'The production variant was changed by somebody else meanwhile. Look at it again before you change it.',
})

export const nothingToRollBack = defineError({
  code: 'nothing_to_roll_back',
  status: 409,
  owner: 'client',
  message: 'There was no production variant before this one.',
})

export const variantNotFound = defineError({
  code: 'variant_not_found',
  status: 404,
  owner: 'client',
  message: 'There is no such variant in this A/B test.',
})

export const variantArchived = defineError({
  code: 'variant_archived',
  status: 409,
  owner: 'client',
  message: 'The variant is archived. Create it again to use it.',
})

export const variantExists = defineError<{ name: string }>({
  code: 'variant_exists',
  status: 409,
  owner: 'client',
  message: ({ name }) => `The A/B test has this variant already: ${name}.`,
})

export const variantInUse = defineError<{ use: string }>({
  code: 'variant_in_use',
  status: 409,
  owner: 'client',
  message: ({ use }) => `The variant cannot be archived: it ${use}.`,
})

export const invalidVariant = defineError<{ fault: string }>({
  code: 'invalid_variant',
  status: 400,
  owner: 'client',
  message: ({ fault }) => `${fault}.`,
})

export const unknownGateway = defineError<{ known: string }>({
  code: 'unknown_gateway',
  status: 400,
  owner: 'client',
  message: ({ known }) => `model must begin with a gateway and a colon, for example openai:gpt-4; known are ${known}.`,
})

export const routerNotFound = defineError({
  code: 'router_not_found',
  status: 404,
  owner: 'client',
  message: 'There is no such router in this workspace.',
})

export const routingCycle = defineError({
  code: 'routing_cycle',
  status: 400,
  owner: 'client',
  message: 'The router leads back to this A/B test: a request would go round in a circle.',
})

export const invalidWeights = defineError<{ fault: string }>({
  code: 'invalid_weights',
  status: 400,
  owner: 'client',
  message: ({ fault }) => `${fault}.`,
})

export const productionVariantRequired = defineError({
  code: 'production_variant_required',
  status: 400,
  owner: 'client',
  message: 'With a coverage below 1 the other units get the production variant: promote one first.',
})
