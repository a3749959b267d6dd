import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { unseal } from '../../../shared/secrets/seal.ts'
import type { PostOutcome, PostWebhook } from './post-webhook.ts'
import { retryDelayMs } from './retry-schedule.ts'
import type { AttemptOutcomes, DeliveryProgress } from './settle-attempt.ts'
import { signWebhook } from './sign-webhook.ts'
import type { Webhook, WebhookDelivery } from './webhooks.read-model.ts'

export interface DeliveryPointer {
  readonly workspaceId: string
  readonly deliveryId: string
  readonly round: number
}

/** One attempt at a delivery, where one is due. May be asked twice, in two workers at once. */
export type AttemptDelivery = (pointer: DeliveryPointer) => Promise<DeliveryProgress>

interface Deps {
  readonly webhooks: WorkspaceCollection<Webhook>
  readonly deliveries: WorkspaceCollection<WebhookDelivery>
  readonly outcomes: AttemptOutcomes
  readonly post: PostWebhook
  readonly masterKey: Buffer
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
}

const DONE: DeliveryProgress = { type: 'done' }

export function createAttemptDelivery(deps: Deps): AttemptDelivery {
  const { webhooks, deliveries, outcomes, post, masterKey, clock, random } = deps

  return async ({ workspaceId, deliveryId, round }) => {
    const delivery = await deliveries.findOne(workspaceId, { _id: deliveryId, round, state: 'pending' })
    if (!delivery) return DONE
    const webhook = await webhooks.findOne(workspaceId, { _id: delivery.webhookId })
    if (!webhook) return outcomes.giveUp(delivery, 'the webhook was deleted')
    if (webhook.disabledAt !== null && delivery.type !== 'webhook.test') {
      return outcomes.giveUp(delivery, 'the webhook is disabled')
    }
    const waitMs = delivery.nextAttemptAt - clock.now()
    if (waitMs > 0) return { type: 'later', waitMs }
    // All were made, and the worker died before it could say what came of the last.
    if (delivery.attempts >= delivery.mostAttempts) return outcomes.settle(webhook, delivery, LOST)
    const counted = await countAttempt(delivery)
    if (!counted) return DONE
    return outcomes.settle(webhook, counted, await send(webhook, counted))
  }

  /** Null: another worker makes this attempt. */
  async function countAttempt({ _id, workspaceId, round, attempts }: WebhookDelivery): Promise<WebhookDelivery | null> {
    const now = clock.now()
    const made = attempts + 1
    const set = { attempts: made, lastAttemptAt: now, nextAttemptAt: now + retryDelayMs(made, random()) }
    return deliveries.update(workspaceId, { _id, round, attempts, state: 'pending' }, { $set: set })
  }

  function send(webhook: Webhook, { _id: id, body }: WebhookDelivery): Promise<PostOutcome> {
    const timestampSeconds = Math.floor(clock.now() / 1_000)
    const signature = signWebhook({ id, timestampSeconds, body }, openSecrets(webhook))
    return post({ url: webhook.url, headers: { ...HEADERS, ...signature }, body })
  }

  function openSecrets({ _id, sealedSecret, previousSecret }: Webhook): string[] {
    const isPreviousValid = previousSecret !== null && clock.now() < previousSecret.until
    const sealed = isPreviousValid ? [sealedSecret, previousSecret.sealed] : [sealedSecret]
    return sealed.map((each) => unseal(each, _id, masterKey))
  }
}

const HEADERS = { 'content-type': 'application/json', 'user-agent': 'Signalbox' }

const LOST: PostOutcome = { type: 'unanswered', fault: 'it is not known what came of the last attempt' }
