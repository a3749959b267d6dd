import { defineError } from '../../../shared/errors/define-error.ts'

export const webhookNotFound = defineError({
  code: 'webhook_not_found',
  status: 404,
  owner: 'client',
  message: 'There is no such webhook in this workspace.',
})

export const deliveryNotFound = defineError({
  code: 'webhook_delivery_not_found',
  status: 404,
  owner: 'client',
  message: 'There is no such delivery in this workspace. Deliveries are kept for 30 days.',
})

export const invalidWebhookUrl = defineError<{ fault: string }>({
  code: 'invalid_webhook_url',
  status: 400,
  owner: 'client',
  message: ({ fault }) => `url ${fault}.`,
})

export const tooManyWebhooks = defineError<{ most: number }>({
  code: 'too_many_webhooks',
  status: 409,
  owner: 'client',
  message: ({ most }) => `A workspace has at most ${most} webhooks. Delete one first.`,
})
