import type { Model } from 'mongoose'
import { toPage, type Page, type PageRequest } from '../../api/page.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { DELIVERY_STATES, type DeliveryState, type Webhook, type WebhookDelivery } from './webhooks.model.ts'

export { DELIVERY_STATES, type DeliveryState, type Webhook, type WebhookDelivery }

export interface DeliveryFilter {
  readonly webhookId?: string
  readonly state?: DeliveryState
}

export interface WebhooksReadModel {
  /** In the order they were made. */
  list(workspaceId: string): Promise<Webhook[]>
  /** Newest first. */
  deliveries(workspaceId: string, filter: DeliveryFilter, request: PageRequest): Promise<Page<WebhookDelivery>>
  /** Deliveries of all workspaces that should have been tried before a time, the longest overdue first. */
  listOverdue(before: number, limit: number): Promise<WebhookDelivery[]>
}

interface Deps {
  readonly webhooks: WorkspaceCollection<Webhook>
  readonly deliveries: WorkspaceCollection<WebhookDelivery>
  readonly deliveryModel: Model<WebhookDelivery>
}

export function createWebhooksReadModel({ webhooks, deliveries, deliveryModel }: Deps): WebhooksReadModel {
  return {
    list: (workspaceId) => webhooks.find(workspaceId, {}, { sort: { _id: 1 } }),

    async deliveries(workspaceId, filter, { first, after }) {
      const conditions = { ...filter, ...(after === null ? {} : { position: { $lt: after } }) }
      const found = await deliveries.find(workspaceId, conditions, { sort: { position: -1 }, limit: first + 1 })
      return toPage(found, first)
    },

    // Over all workspaces: the sweep has none in mind.
    listOverdue: (before, limit) =>
      deliveryModel
        .find({ state: 'pending', nextAttemptAt: { $lt: before } })
        .sort({ nextAttemptAt: 1 })
        .limit(limit)
        .lean<WebhookDelivery[]>()
        .exec(),
  }
}
