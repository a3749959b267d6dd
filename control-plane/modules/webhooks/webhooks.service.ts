import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { UpstreamPolicy } from '../../../shared/network/upstream-address.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { seal } from '../../../shared/secrets/seal.ts'
import type { Deliveries } from './deliver-webhooks.ts'
import { findEndpointFault } from './endpoint-url.ts'
import { createWebhookSecret } from './sign-webhook.ts'
import { invalidWebhookUrl, tooManyWebhooks, webhookNotFound } from './webhooks.errors.ts'
import type { Webhook } from './webhooks.model.ts'

/** A bound on what one alert can set going. */
const MOST_WEBHOOKS = 10
/** How long the secret before signs too, so that a receiver can change over without losing anything. */
const PREVIOUS_SECRET_MS = 24 * 3_600_000

export interface NewWebhook {
  readonly url: string
  /** Null: all. */
  readonly kinds: readonly string[] | null
}

export type WebhookChanges = Partial<NewWebhook & { readonly isEnabled: boolean }>

/** A webhook with its signing secret, which is shown this once. */
export interface WebhookWithSecret {
  readonly webhook: Webhook
  readonly secret: string
}

/** The alert that an endpoint was disabled. */
export interface DisabledAlerts {
  raise(alert: { workspaceId: string; subject: string; message: string }): Promise<void>
  resolve(workspaceId: string, webhookId: string): Promise<void>
}

export interface WebhooksService extends Deliveries {
  create(workspaceId: string, webhook: NewWebhook): Promise<WebhookWithSecret>
  /** What is left out stays as it is. Enabled again, it is no longer taken for failing, and its alert is resolved. */
  update(workspaceId: string, webhookId: string, changes: WebhookChanges): Promise<Webhook>
  delete(workspaceId: string, webhookId: string): Promise<void>
  /** Gives a new secret; for a day the one before signs too. */
  rotateSecret(workspaceId: string, webhookId: string): Promise<WebhookWithSecret>
}

interface Deps {
  readonly webhooks: WorkspaceCollection<Webhook>
  readonly deliveries: Deliveries
  readonly masterKey: Buffer
  readonly policy: UpstreamPolicy
  readonly disabledAlerts: DisabledAlerts
  readonly clock: Clock
  readonly createId: CreateId
}

export function createWebhooksService(deps: Deps): WebhooksService {
  const { webhooks, deliveries, masterKey, policy, disabledAlerts, clock, createId } = deps

  return {
    ...deliveries,

    async create(workspaceId, { url, kinds }) {
      check(url)
      if ((await webhooks.count(workspaceId)) >= MOST_WEBHOOKS) throw tooManyWebhooks({ most: MOST_WEBHOOKS })
      const _id = createId()
      const { secret, sealedSecret } = newSecret(_id)
      const common = { _id, workspaceId, url, kinds, createdAt: clock.now() }
      const webhook: Webhook = { ...common, sealedSecret, previousSecret: null, ...ENABLED }
      await webhooks.insert(webhook)
      return { webhook, secret }
    },

    async update(workspaceId, webhookId, { url, kinds, isEnabled }) {
      if (url !== undefined) check(url)
      const fields = {
        ...(url === undefined ? {} : { url, failingSince: null }),
        ...(kinds === undefined ? {} : { kinds }),
        ...(isEnabled === true ? ENABLED : {}),
        ...(isEnabled === false ? { disabledAt: clock.now(), disabledReason: 'It was disabled by a member.' } : {}),
      }
      const updated = await save(workspaceId, webhookId, fields)
      if (isEnabled === true) await disabledAlerts.resolve(workspaceId, webhookId)
      return updated
    },

    async delete(workspaceId, webhookId) {
      const deleted = await webhooks.delete(workspaceId, { _id: webhookId })
      if (!deleted) throw webhookNotFound({}, { param: 'id' })
      await disabledAlerts.resolve(workspaceId, webhookId)
    },

    async rotateSecret(workspaceId, webhookId) {
      const existing = await webhooks.findOne(workspaceId, { _id: webhookId })
      if (!existing) throw webhookNotFound({}, { param: 'id' })
      const { secret, sealedSecret } = newSecret(webhookId)
      const previousSecret = { sealed: existing.sealedSecret, until: clock.now() + PREVIOUS_SECRET_MS }
      return { webhook: await save(workspaceId, webhookId, { sealedSecret, previousSecret }), secret }
    },
  }

  function check(url: string): void {
    const fault = findEndpointFault(url, policy)
    if (fault !== null) throw invalidWebhookUrl({ fault }, { param: 'url' })
  }

  function newSecret(webhookId: string): { secret: string; sealedSecret: string } {
    const secret = createWebhookSecret()
    return { secret, sealedSecret: seal(secret, webhookId, masterKey) }
  }

  async function save(workspaceId: string, webhookId: string, fields: object): Promise<Webhook> {
    const updated = await webhooks.update(workspaceId, { _id: webhookId }, { $set: fields })
    if (!updated) throw webhookNotFound({}, { param: 'id' })
    return updated
  }
}

const ENABLED = { failingSince: null, disabledAt: null, disabledReason: null } as const
