// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { UpstreamPolicy } from '../../../shared/network/upstream-address.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { createAttemptDelivery, type DeliveryPointer } from './attempt-delivery.ts'
import { createDeliveries } from './deliver-webhooks.ts'
import { createPostWebhook } from './post-webhook.ts'
import { createAttemptOutcomes } from './settle-attempt.ts'
import { createWebhookDeliveryModel, createWebhookModel } from './webhooks.model.ts'
import { createWebhooksReadModel } from './webhooks.read-model.ts'
import { WebhooksResolver } from './webhooks.resolver.ts'
import { createWebhooksService, type DisabledAlerts } from './webhooks.service.ts'

export { WebhooksResolver }
export type { DeliveryPointer } from './attempt-delivery.ts'
export type { WebhooksReadModel } from './webhooks.read-model.ts'
export type { DisabledAlerts, WebhooksService } from './webhooks.service.ts'

/** For an attempt; Standard Webhooks advises 15 to 30 s. */
const ATTEMPT_LIMIT_MS = 15_000

interface Deps {
  readonly connection: Connection
  readonly masterKey: Buffer
  readonly upstreamPolicy: UpstreamPolicy
  readonly enqueue: (pointer: DeliveryPointer) => Promise<void>
  readonly disabledAlerts: DisabledAlerts
  readonly clock: Clock
  readonly createId: CreateId
  /** From 0 to 1. */
  readonly random: () => number
}

export function createWebhooksModule({ connection, upstreamPolicy: policy, enqueue, ...deps }: Deps) {
  const { clock, disabledAlerts } = deps
  const [model, deliveryModel] = [createWebhookModel(connection), createWebhookDeliveryModel(connection)]
  const webhooks = createWorkspaceCollection(model)
  const deliveries = createWorkspaceCollection(deliveryModel)
  const readModel = createWebhooksReadModel({ webhooks, deliveries, deliveryModel })
  const outcomes = createAttemptOutcomes({
    ...deps,
    webhooks,
    deliveries,
    alertOfDisabled: ({ workspaceId, _id, url }, reason) =>
      disabledAlerts.raise({ workspaceId, subject: _id, message: describeDisabled(url, reason) }),
  })
  const post = createPostWebhook({ policy, clock, limitMs: ATTEMPT_LIMIT_MS })
  const attempt = createAttemptDelivery({ ...deps, webhooks, deliveries, outcomes, post })
  const sending = createDeliveries({ ...deps, webhooks, deliveries, readModel, attempt, enqueue })
  const service = createWebhooksService({ ...deps, webhooks, deliveries: sending, policy })
  const models = [model, deliveryModel]
  return { models, service, readModel, resolver: new WebhooksResolver(service, readModel) }
}

/** Without the path and the query: they may hold a secret of the receiver's. */
function describeDisabled(url: string, reason: string): string {
  return (
    `The webhook at ${new URL(url).host} was disabled. ${reason} ` +
    'When it answers again, enable it (updateWebhook) and send what it missed (redeliver).'
  )
}
