import { readFile } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import type { GraphqlClient } from './graphql-client.ts'

/** Webhooks as a client of the GraphQL API sees them. */

export const CREATE = `mutation ($workspaceId: ID!, $url: String!, $kinds: [AlertKind!]) {
  createWebhook(workspaceId: $workspaceId, url: $url, kinds: $kinds) { secret webhook { id url kinds } }
}`
export const UPDATE = `mutation ($workspaceId: ID!, $id: ID!, $input: UpdateWebhookInput!) {
  updateWebhook(workspaceId: $workspaceId, id: $id, input: $input) { id url kinds disabledAt failingSince }
}`
export const DELETE = `mutation ($workspaceId: ID!, $id: ID!) { deleteWebhook(workspaceId: $workspaceId, id: $id) }`
export const ROTATE = `mutation ($workspaceId: ID!, $id: ID!) { rotateWebhookSecret(workspaceId: $workspaceId, id: $id) { secret } }`
export const TEST = `mutation ($workspaceId: ID!, $id: ID!) { testWebhook(workspaceId: $workspaceId, id: $id) { id state } }`
export const REDELIVER = `mutation ($workspaceId: ID!, $id: ID!) { redeliver(workspaceId: $workspaceId, id: $id) { id state attempts } }`
export const LIST = `query ($workspaceId: ID!) {
  webhooks(workspaceId: $workspaceId) { id url kinds failingSince disabledAt disabledReason }
}`
const DELIVERIES = `query ($workspaceId: ID!, $filter: WebhookDeliveryFilterInput) {
  webhookDeliveries(workspaceId: $workspaceId, filter: $filter) {
    nodes { id webhookId type body state attempts nextAttemptAt lastStatus lastFault deliveredAt }
  }
}`

export interface Delivery {
  readonly id: string
  readonly webhookId: string
  readonly type: string
  readonly body: string
  readonly state: string
  readonly attempts: number
  readonly lastStatus: number | null
  readonly lastFault: string | null
}

export interface Endpoint {
  readonly id: string
  readonly secret: string
}

export async function createWebhook(client: GraphqlClient, variables: object): Promise<Endpoint> {
  const { createWebhook } = await client.run<{ createWebhook: { secret: string; webhook: { id: string } } }>(
    CREATE,
    variables,
  )
  return { id: createWebhook.webhook.id, secret: createWebhook.secret }
}

export async function deliveriesOf(
  client: GraphqlClient,
  workspaceId: string,
  filter: object = {},
): Promise<Delivery[]> {
  const variables = { workspaceId, filter }
  const { webhookDeliveries } = await client.run<{ webhookDeliveries: { nodes: Delivery[] } }>(DELIVERIES, variables)
  return webhookDeliveries.nodes
}

export async function webhooksOf(client: GraphqlClient, workspaceId: string): Promise<Record<string, unknown>[]> {
  return (await client.run<{ webhooks: Record<string, unknown>[] }>(LIST, { workspaceId })).webhooks
}

type IsGenuine = (headers: IncomingHttpHeaders, body: string, secret: string, now?: number) => boolean

/** The example of the documentation, run as it stands there. */
export async function documentedCheck(): Promise<IsGenuine> {
  const text = await readFile(new URL('../../docs/webhooks.md', import.meta.url), 'utf8')
  const code = /```js\n([\s\S]*?)```/.exec(text)?.[1] ?? ''
  const { isGenuine } = await import(`data:text/javascript,${encodeURIComponent(code)}`)
  return isGenuine
}
