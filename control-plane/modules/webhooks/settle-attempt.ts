import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { PostOutcome } from './post-webhook.ts'
import { retryDelayMs } from './retry-schedule.ts'
import type { Webhook, WebhookDelivery } from './webhooks.read-model.ts'

/** Nothing got through for this long, and a delivery was given up: the endpoint is taken for gone. */
const DISABLE_AFTER_MS = 3 * 24 * 3_600_000
/** https://www.rfc-editor.org/rfc/rfc9110#status.410: the receiver wants no more of this. */
const GONE = 410

export type DeliveryProgress = { readonly type: 'done' } | { readonly type: 'later'; readonly waitMs: number }

/** What becomes of a delivery and of its endpoint after an attempt. */
export interface AttemptOutcomes {
  settle(webhook: Webhook, delivery: WebhookDelivery, outcome: PostOutcome): Promise<DeliveryProgress>
  /** There is nobody to be told any more. */
  giveUp(delivery: WebhookDelivery, fault: string): Promise<DeliveryProgress>
}

interface Deps {
  readonly webhooks: WorkspaceCollection<Webhook>
  readonly deliveries: WorkspaceCollection<WebhookDelivery>
  /** Tells that an endpoint was disabled. */
  readonly alertOfDisabled: (webhook: Webhook, reason: string) => Promise<void>
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
}

const DONE: DeliveryProgress = { type: 'done' }

export function createAttemptOutcomes(deps: Deps): AttemptOutcomes {
  const { webhooks, deliveries, clock, random } = deps
  const endpoints = createEndpointHealth(deps)

  return {
    async settle(webhook, delivery, outcome) {
      const lastStatus = outcome.type === 'answered' ? outcome.status : null
      const lastFault = faultOf(outcome)
      if (lastFault === null) {
        const { workspaceId, _id, failingSince } = webhook
        if (failingSince !== null) await webhooks.update(workspaceId, { _id }, { $set: { failingSince: null } })
        return end(delivery, { state: 'delivered', deliveredAt: clock.now(), lastStatus, lastFault })
      }
      // The endpoint first: what a crash leaves out between the two, the job's next run makes good.
      const failingSince = isTest(delivery) ? null : await endpoints.noteFailing(webhook, delivery)
      if (lastStatus === GONE || delivery.attempts >= delivery.mostAttempts) {
        if (failingSince !== null) await endpoints.disableDead(webhook, { failingSince, isGone: lastStatus === GONE })
        return end(delivery, { state: 'failed', lastStatus, lastFault })
      }
      const askedMs = outcome.type === 'answered' ? outcome.retryAfterMs : null
      const waitMs = retryDelayMs(delivery.attempts, random(), askedMs)
      await save(delivery, { lastStatus, lastFault, nextAttemptAt: clock.now() + waitMs })
      return { type: 'later', waitMs }
    },

    giveUp: (delivery, lastFault) => end(delivery, { state: 'failed', lastFault }),
  }

  async function end(delivery: WebhookDelivery, fields: object): Promise<DeliveryProgress> {
    await save(delivery, fields)
    return DONE
  }

  async function save({ _id, workspaceId, round }: WebhookDelivery, fields: object): Promise<void> {
    await deliveries.update(workspaceId, { _id, round }, { $set: fields })
  }
}

function createEndpointHealth({ webhooks, alertOfDisabled, clock }: Deps) {
  return {
    /** Since when nothing gets through. */
    async noteFailing(
      { workspaceId, _id, failingSince }: Webhook,
      { lastAttemptAt }: WebhookDelivery,
    ): Promise<number> {
      if (failingSince !== null) return failingSince
      const since = lastAttemptAt ?? clock.now()
      await webhooks.update(workspaceId, { _id, failingSince: null }, { $set: { failingSince: since } })
      return since
    },

    async disableDead(webhook: Webhook, { failingSince, isGone }: { failingSince: number; isGone: boolean }) {
      if (!isGone && clock.now() - failingSince < DISABLE_AFTER_MS) return
      const disabledReason = isGone ? WANTS_NO_MORE : GOT_NOTHING_THROUGH
      const { workspaceId, _id } = webhook
      // The alert first: raised twice it is one, and one that a crash left out would never come.
      await alertOfDisabled(webhook, disabledReason)
      const disabled = { disabledAt: clock.now(), disabledReason }
      await webhooks.update(workspaceId, { _id, disabledAt: null }, { $set: disabled })
    },
  }
}

const WANTS_NO_MORE = 'It answered 410: it wants no more.'
const GOT_NOTHING_THROUGH = 'Nothing got through to it for three days.'

/** It says nothing of whether alerts get through. */
function isTest({ type }: WebhookDelivery): boolean {
  return type === 'webhook.test'
}

/** Null: it got through. */
function faultOf(outcome: PostOutcome): string | null {
  if (outcome.type === 'unanswered') return outcome.fault
  const { status } = outcome
  if (status >= 200 && status < 300) return null
  return status >= 300 && status < 400
    ? `it answered ${status}, and redirects are not followed`
    : `it answered ${status}`
}
