import type { Connection } from 'mongoose'
import type { Environment } from './environment.ts'
import { createAlertsModule, type AlertsService } from './modules/alerts/index.ts'
import { createWebhooksModule } from './modules/webhooks/index.ts'
import type { Queues } from './open-queues.ts'
import { deliverWebhookQueue } from '../shared/queues/deliver-webhook.queue.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { CreateId } from '../shared/runtime/id.ts'
import type { Logger } from '../shared/runtime/logger.ts'

interface Deps {
  readonly connection: Connection
  readonly environment: Environment
  readonly queues: Queues
  readonly clock: Clock
  readonly createId: CreateId
  readonly logger: Logger
}

/** Builds the modules of alerts and of the webhooks that are told of them, and joins each to the other. */
export function composeAlerts({ connection, environment, queues, clock, createId, logger }: Deps) {
  const common = { connection, clock, createId }
  const queue = queues.open(deliverWebhookQueue)
  const alerts = createAlertsModule({
    ...common,
    announce: (alert, event) => webhooks.service.announceAlert(alert, event),
    logger,
  })
  const kind = 'webhook_disabled'
  const webhooks = createWebhooksModule({
    ...common,
    masterKey: environment.masterKey,
    upstreamPolicy: environment.upstreamPolicy,
    // One job at a time for each: a delivery whose job is there already gets no other.
    enqueue: (pointer) => queue.send(pointer, { jobId: `${pointer.deliveryId}-${pointer.round}` }),
    disabledAlerts: {
      raise: (alert) => alerts.service.raise({ ...alert, kind, owner: 'config' }),
      resolve: (workspaceId, subject) => alerts.service.resolveSubject(workspaceId, { kind, subject }),
    },
    random: Math.random,
  })
  return { alerts, webhooks }
}

/**
 * Tells people that a workspace is served an earlier revision.
 *
 * @param alerts asked when they are there: they are made after the snapshots
 */
export function pinAlerts(alerts: () => AlertsService) {
  const about = { kind: 'snapshot_pinned', subject: 'snapshot' } as const
  return {
    raise: (workspaceId: string, message: string) =>
      alerts().raise({ workspaceId, ...about, message, owner: 'config' }),
    resolve: (workspaceId: string) => alerts().resolveSubject(workspaceId, about),
  }
}
