import { createHash } from 'node:crypto'
import type { Alert, AlertEvent } from '../alerts/index.ts'

/** What is told of an event, the same for every endpoint. */
export interface WebhookMessage {
  readonly type: AlertEvent | 'webhook.test'
  /** JSON, as it is signed and sent. */
  readonly body: string
}

/** What is told of an alert: what `alerts` shows, and nothing of how it is kept. */
export function alertMessage(alert: Alert, type: AlertEvent): WebhookMessage {
  const { _id: id, workspaceId, kind, subject, message, owner, count, resolvedAt } = alert
  const times = { firstAt: toIso(alert.firstAt), lastAt: toIso(alert.lastAt) }
  const shown = { id, workspaceId, kind, subject, message, owner, count, ...times }
  const happenedAt = type === 'alert.resolved' ? (resolvedAt ?? alert.lastAt) : alert.firstAt
  const data = { alert: { ...shown, resolvedAt: resolvedAt === null ? null : toIso(resolvedAt) } }
  return { type, body: JSON.stringify({ type, timestamp: toIso(happenedAt), data }) }
}

/** What `testWebhook` sends. */
export function testMessage(workspaceId: string, webhookId: string, now: number): WebhookMessage {
  const type = 'webhook.test'
  return { type, body: JSON.stringify({ type, timestamp: toIso(now), data: { workspaceId, webhookId } }) }
}

/**
 * The id of what one endpoint is told of one event of one alert. It follows from them, so that an event that is
 * announced twice is one delivery.
 */
export function alertDeliveryId(alertId: string, event: AlertEvent, webhookId: string): string {
  const digest = createHash('sha256').update(`${alertId} ${event} ${webhookId}`).digest('hex')
  return deliveryIdOf(digest.slice(0, 32))
}

/** Without a full stop: the signature joins id and time with one. */
export function deliveryIdOf(unique: string): string {
  return `msg_${unique}`
}

function toIso(time: number): string {
  return new Date(time).toISOString()
}
