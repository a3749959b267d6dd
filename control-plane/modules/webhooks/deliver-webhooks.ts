import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { Alert, AlertEvent } from '../alerts/index.ts'
import type { AttemptDelivery, DeliveryPointer } from './attempt-delivery.ts'
import { MOST_ATTEMPTS } from './retry-schedule.ts'
import type { DeliveryProgress } from './settle-attempt.ts'
import { alertDeliveryId, alertMessage, deliveryIdOf, testMessage, type WebhookMessage } from './webhook-message.ts'
import { deliveryNotFound, webhookNotFound } from './webhooks.errors.ts'
import type { Webhook, WebhookDelivery, WebhooksReadModel } from './webhooks.read-model.ts'

const KEEP_MS = 30 * 24 * 3_600_000
/** A delivery this long overdue has lost its job. */
const LEAVE_TO_JOB_MS = 60_000
const SENT_AGAIN_AT_ONCE = 500

/**
 * What endpoints are told. A delivery is written before its job is sent, so that what a crash or a Redis that came back
 * empty has lost is sent again by the sweep.
 */
export interface Deliveries {
  /** Has every endpoint told that wants the alert's kind, each once for one event. */
  announceAlert(alert: Alert, event: AlertEvent): Promise<void>
  /** Sends one message, one time, also to an endpoint that is disabled. */
  test(workspaceId: string, webhookId: string): Promise<WebhookDelivery>
  /** Begins the attempts anew, with the same id and body. */
  redeliver(workspaceId: string, deliveryId: string): Promise<WebhookDelivery>
  /** One attempt. May run twice. */
  deliver(pointer: DeliveryPointer): Promise<DeliveryProgress>
  /** Sends jobs for deliveries that have lost theirs. */
  enqueueLeft(): Promise<void>
}

interface Deps {
  readonly webhooks: WorkspaceCollection<Webhook>
  readonly deliveries: WorkspaceCollection<WebhookDelivery>
  readonly readModel: WebhooksReadModel
  readonly attempt: AttemptDelivery
  readonly enqueue: (pointer: DeliveryPointer) => Promise<void>
  readonly clock: Clock
  readonly createId: CreateId
}

export function createDeliveries(deps: Deps): Deliveries {
  const { webhooks, deliveries, readModel, attempt, enqueue, clock, createId } = deps

  return {
    async announceAlert(alert, event) {
      const { workspaceId } = alert
      const told = (await webhooks.find(workspaceId, { disabledAt: null })).filter((each) => isWanted(each, alert))
      const message = alertMessage(alert, event)
      const now = clock.now()
      const made = told.map((webhook) =>
        toDelivery(webhook, {
          id: alertDeliveryId(alert._id, event, webhook._id),
          position: createId(),
          message,
          mostAttempts: MOST_ATTEMPTS,
          now,
        }),
      )
      await deliveries.insertMissing(made)
      for (const delivery of made) await enqueue(pointerTo(delivery))
    },

    async test(workspaceId, webhookId) {
      const webhook = await webhooks.findOne(workspaceId, { _id: webhookId })
      if (!webhook) throw webhookNotFound({}, { param: 'id' })
      const [position, now] = [createId(), clock.now()]
      const message = testMessage(workspaceId, webhookId, now)
      const delivery = toDelivery(webhook, { id: deliveryIdOf(position), position, message, mostAttempts: 1, now })
      await deliveries.insert(delivery)
      await enqueue(pointerTo(delivery))
      return delivery
    },

    async redeliver(workspaceId, deliveryId) {
      const anew = { $set: { ...NOT_TRIED, nextAttemptAt: clock.now() }, $inc: { round: 1 } }
      const again = await deliveries.update(workspaceId, { _id: deliveryId }, anew)
      if (!again) throw deliveryNotFound({}, { param: 'id' })
      await enqueue(pointerTo(again))
      return again
    },

    deliver: attempt,

    async enqueueLeft() {
      const now = clock.now()
      const left = await readModel.listOverdue(now - LEAVE_TO_JOB_MS, SENT_AGAIN_AT_ONCE)
      for (const { _id, workspaceId, round, nextAttemptAt } of left) {
        await enqueue({ workspaceId, deliveryId: _id, round })
        // So that the next sweep does not send it again: its job has another minute.
        await deliveries.update(workspaceId, { _id, round, nextAttemptAt }, { $set: { nextAttemptAt: now } })
      }
    },
  }
}

interface Parts {
  readonly id: string
  readonly position: string
  readonly message: WebhookMessage
  readonly mostAttempts: number
  readonly now: number
}

function toDelivery({ _id: webhookId, workspaceId }: Webhook, parts: Parts): WebhookDelivery {
  const { id, position, message, mostAttempts, now } = parts
  return {
    _id: id,
    workspaceId,
    position,
    webhookId,
    ...message,
    ...NOT_TRIED,
    round: 0,
    mostAttempts,
    nextAttemptAt: now,
    createdAt: now,
    removeAt: new Date(now + KEEP_MS),
  }
}

const NOT_TRIED = {
  state: 'pending',
  attempts: 0,
  lastAttemptAt: null,
  lastStatus: null,
  lastFault: null,
  deliveredAt: null,
} as const

/** An endpoint is never told of its own alert: that it was disabled, it would be told for ever. */
function isWanted({ _id, kinds }: Webhook, { kind, subject }: Alert): boolean {
  if (kind === 'webhook_disabled' && subject === _id) return false
  return kinds === null || kinds.includes(kind)
}

function pointerTo({ workspaceId, _id, round }: WebhookDelivery): DeliveryPointer {
  return { workspaceId, deliveryId: _id, round }
}
