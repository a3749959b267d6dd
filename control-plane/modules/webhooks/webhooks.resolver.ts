import { Arg, Args, ID, Mutation, Query, Resolver } from 'type-graphql'
import { Access, workspaceRole } from '../../access/permissions.ts'
import { readPageRequest, toConnection } from '../../api/page.ts'
import { CreateWebhookArguments, UpdateWebhookInput, WebhookDeliveriesArguments } from './webhooks.inputs.ts'
import type { Webhook, WebhookDelivery, WebhooksReadModel } from './webhooks.read-model.ts'
import type { WebhooksService } from './webhooks.service.ts'
import { WebhookDeliveryConnection, WebhookDeliveryType, WebhookSecret, WebhookType } from './webhooks.types.ts'

@Resolver(() => WebhookType)
export class WebhooksResolver {
  readonly #service: WebhooksService
  readonly #readModel: WebhooksReadModel

  constructor(service: WebhooksService, readModel: WebhooksReadModel) {
    this.#service = service
    this.#readModel = readModel
  }

  @Query(() => [WebhookType], {
    description: "The endpoints that are told of alerts; of the platform's, for its admins, under `platform`.",
  })
  @Access(workspaceRole('developer', { orPlatform: true }))
  async webhooks(@Arg('workspaceId', () => ID) workspaceId: string): Promise<WebhookType[]> {
    return (await this.#readModel.list(workspaceId)).map(toWebhookType)
  }

  @Query(() => WebhookDeliveryConnection, { description: 'What endpoints were told and are to be told, newest first.' })
  @Access(workspaceRole('developer', { orPlatform: true }))
  async webhookDeliveries(
    @Args(() => WebhookDeliveriesArguments) { workspaceId, first, after, filter }: WebhookDeliveriesArguments,
  ): Promise<WebhookDeliveryConnection> {
    const request = readPageRequest(first, after)
    const { webhookId, state } = filter ?? {}
    const conditions = { ...(webhookId ? { webhookId } : {}), ...(state ? { state } : {}) }
    const page = await this.#readModel.deliveries(workspaceId, conditions, request)
    return toConnection(page, request, { positionOf: (delivery) => delivery.position, toNode: toDeliveryType })
  }

  @Mutation(() => WebhookSecret, { description: 'Has an endpoint told of alerts. Its signing secret is shown once.' })
  @Access(workspaceRole('admin', { orPlatform: true }))
  async createWebhook(
    @Args(() => CreateWebhookArguments) { workspaceId, url, kinds }: CreateWebhookArguments,
  ): Promise<WebhookSecret> {
    const { webhook, secret } = await this.#service.create(workspaceId, { url, kinds: kinds ?? null })
    return { webhook: toWebhookType(webhook), secret }
  }

  @Mutation(() => WebhookType, { description: 'Changes an endpoint, or enables one that was disabled.' })
  @Access(workspaceRole('admin', { orPlatform: true }))
  async updateWebhook(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('id', () => ID) id: string,
    @Arg('input', () => UpdateWebhookInput) { url, kinds, enabled }: UpdateWebhookInput,
  ): Promise<WebhookType> {
    const changes = {
      ...(typeof url === 'string' ? { url } : {}),
      ...(kinds === undefined ? {} : { kinds }),
      ...(typeof enabled === 'boolean' ? { isEnabled: enabled } : {}),
    }
    return toWebhookType(await this.#service.update(workspaceId, id, changes))
  }

  @Mutation(() => Boolean)
  @Access(workspaceRole('admin', { orPlatform: true }))
  async deleteWebhook(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('id', () => ID) id: string,
  ): Promise<boolean> {
    await this.#service.delete(workspaceId, id)
    return true
  }

  @Mutation(() => WebhookSecret, { description: 'Makes a new signing secret. For a day the one before signs too.' })
  @Access(workspaceRole('admin', { orPlatform: true }))
  async rotateWebhookSecret(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('id', () => ID) id: string,
  ): Promise<WebhookSecret> {
    const { webhook, secret } = await this.#service.rotateSecret(workspaceId, id)
    return { webhook: toWebhookType(webhook), secret }
  }

  @Mutation(() => WebhookDeliveryType, {
    description:
      'Sends `webhook.test` once, also to an endpoint that is disabled. `webhookDeliveries` tells how it went.',
  })
  @Access(workspaceRole('admin', { orPlatform: true }))
  async testWebhook(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('id', () => ID) id: string,
  ): Promise<WebhookDeliveryType> {
    return toDeliveryType(await this.#service.test(workspaceId, id))
  }

  @Mutation(() => WebhookDeliveryType, { description: 'Begins the attempts at a delivery anew, under the same id.' })
  @Access(workspaceRole('admin', { orPlatform: true }))
  async redeliver(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('id', () => ID) id: string,
  ): Promise<WebhookDeliveryType> {
    return toDeliveryType(await this.#service.redeliver(workspaceId, id))
  }
}

function toWebhookType(webhook: Webhook): WebhookType {
  const { _id, workspaceId, url, kinds, createdAt, failingSince, disabledAt, disabledReason } = webhook
  return {
    id: _id,
    workspaceId,
    url,
    kinds,
    createdAt: new Date(createdAt),
    failingSince: toDate(failingSince),
    disabledAt: toDate(disabledAt),
    disabledReason,
  }
}

function toDeliveryType(delivery: WebhookDelivery): WebhookDeliveryType {
  const { _id, workspaceId, webhookId, type, body, state, attempts, lastStatus, lastFault } = delivery
  return {
    id: _id,
    workspaceId,
    webhookId,
    type,
    body,
    state,
    attempts,
    lastStatus,
    lastFault,
    nextAttemptAt: state === 'pending' ? new Date(delivery.nextAttemptAt) : null,
    lastAttemptAt: toDate(delivery.lastAttemptAt),
    createdAt: new Date(delivery.createdAt),
    deliveredAt: toDate(delivery.deliveredAt),
  }
}

function toDate(time: number | null): Date | null {
  return time === null ? null : new Date(time)
}
