import { afterAll, beforeAll, expect, test } from 'vitest'
import type { NewAlert } from '../../control-plane/modules/alerts/index.ts'
import type { Generation } from '../../shared/queues/generations.queue.ts'
import { generationOf, startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'
import type { GraphqlClient } from '../helpers/graphql-client.ts'

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane()
})
afterAll(() => harness.close())

const LIST = `query ($workspaceId: ID!, $first: Int! = 25, $after: String, $filter: AlertFilterInput) {
  alerts(workspaceId: $workspaceId, first: $first, after: $after, filter: $filter) {
    edges { cursor node { id } }
    nodes { id workspaceId kind subject message owner count firstAt lastAt resolvedAt }
    pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}`
const RESOLVE = `mutation ($workspaceId: ID!, $id: ID!) {
  resolveAlert(workspaceId: $workspaceId, id: $id) { id resolvedAt }
}`

interface Shown {
  readonly id: string
  readonly kind: string
  readonly subject: string
  readonly message: string
  readonly count: number
  readonly firstAt: string
  readonly lastAt: string
  readonly resolvedAt: string | null
}

interface Listed {
  readonly alerts: { readonly nodes: Shown[]; readonly pageInfo: { hasNextPage: boolean; endCursor: string } }
}

async function alertsOf(client: GraphqlClient, workspaceId: string, more: object = {}): Promise<Shown[]> {
  return (await client.run<Listed>(LIST, { workspaceId, ...more })).alerts.nodes
}

function raise(alert: Partial<NewAlert> & { workspaceId: string }): Promise<void> {
  const given = { kind: 'price_unknown', subject: 'openai:gpt-x', message: 'Look.', owner: 'config' } as const
  return harness.controlPlane.modules.alerts.service.raise({ ...given, ...alert })
}

async function keep(...generations: Generation[]): Promise<void> {
  await harness.controlPlane.modules.requestLogs.service.ingest(generations)
}

test('while an alert is open the next of its kind and subject is counted, not added', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  await raise({ workspaceId })
  harness.clock.advance(60_000)
  await raise({ workspaceId, message: 'Look again.' })
  await raise({ workspaceId, subject: 'openai:gpt-y' })
  await raise({ workspaceId, kind: 'credential_refused' })
  const [refused, other, first] = await alertsOf(owner.client, workspaceId)
  expect([refused?.kind, other?.subject, first?.subject]).toEqual([
    'credential_refused',
    'openai:gpt-y',
    'openai:gpt-x',
  ])
  expect(first).toMatchObject({ workspaceId, count: 2, message: 'Look again.', owner: 'config', resolvedAt: null })
  expect(Date.parse(first?.lastAt ?? '') - Date.parse(first?.firstAt ?? '')).toBeGreaterThanOrEqual(60_000)
})

test('raised by many at once it is still one alert, and every time is counted', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  await Promise.all(Array.from({ length: 8 }, () => raise({ workspaceId })))
  expect(await alertsOf(owner.client, workspaceId)).toMatchObject([{ count: 8 }])
})

test('what is seen to is resolved once; what goes on raises a new one', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  await raise({ workspaceId })
  const [{ id } = { id: '' }] = await alertsOf(owner.client, workspaceId)
  const resolved = await owner.client.run(RESOLVE, { workspaceId, id })
  harness.clock.advance(1_000)
  expect(await owner.client.run(RESOLVE, { workspaceId, id })).toEqual(resolved)
  expect(await alertsOf(owner.client, workspaceId, { filter: { state: 'open' } })).toEqual([])

  await raise({ workspaceId })
  expect(await alertsOf(owner.client, workspaceId, { filter: { state: 'open' } })).toMatchObject([{ count: 1 }])
  const old = await alertsOf(owner.client, workspaceId, { filter: { state: 'resolved' } })
  expect(old.map((alert) => alert.id)).toEqual([id])
  expect(await alertsOf(owner.client, workspaceId, { filter: { state: null } })).toHaveLength(2)
})

test('alerts come in pages, newest first, without gaps or repeats', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const subjects = ['a', 'b', 'c', 'd', 'e']
  for (const subject of subjects) await raise({ workspaceId, subject })
  const seen: string[] = []
  let after: string | undefined
  for (const more of [true, true, false]) {
    const { alerts }: Listed = await owner.client.run(LIST, { workspaceId, first: 2, after })
    expect(alerts.pageInfo.hasNextPage).toBe(more)
    seen.push(...alerts.nodes.map(({ subject }) => subject))
    after = alerts.pageInfo.endCursor
  }
  expect(seen).toEqual(subjects.toReversed())
})

test('a viewer reads alerts, an admin resolves them, and nobody those of another workspace', async () => {
  const { id: workspaceId } = await harness.workspace()
  await raise({ workspaceId })
  const viewer = await harness.member(workspaceId, 'viewer')
  const developer = await harness.member(workspaceId, 'developer')
  const admin = await harness.member(workspaceId, 'admin')
  const [{ id } = { id: '' }] = await alertsOf(viewer.client, workspaceId)
  expect(await developer.client.codeOf(RESOLVE, { workspaceId, id })).toBe('forbidden')

  const elsewhere = await harness.workspace()
  expect(await elsewhere.owner.client.codeOf(LIST, { workspaceId })).toBe('workspace_not_found')
  const theirs = { workspaceId: elsewhere.id, id }
  expect(await elsewhere.owner.client.codeOf(RESOLVE, theirs)).toBe('alert_not_found')
  expect(await admin.client.codeOf(RESOLVE, { workspaceId, id })).toBeNull()
})

test('calls served at a price that is not known raise one alert a model and gateway, also when a batch comes twice', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const unpriced = { costNanodollars: null, chargeNanodollars: 0, model: 'gpt-x', gateway: 'openai' } as const
  const batch = [
    generationOf(workspaceId, unpriced),
    generationOf(workspaceId, unpriced),
    generationOf(workspaceId, { ...unpriced, gateway: 'openrouter' }),
    generationOf(workspaceId),
    generationOf(workspaceId, { ...unpriced, usage: null, model: null, gateway: null, status: 'failed' }),
  ]
  await keep(...batch)
  await keep(...batch)
  const alerts = await alertsOf(owner.client, workspaceId)
  expect(alerts.map(({ subject }) => subject).toSorted()).toEqual(['openai:gpt-x', 'openrouter:gpt-x'])
  expect(alerts[0]).toMatchObject({ kind: 'price_unknown', count: 2 })
  expect(alerts[0]?.message).toContain('gpt-x')
})
