import { expect, test } from 'vitest'
import { indexCatalog } from '../../data-plane/snapshot/catalog-index.ts'
import { createWorkspaceView, type WorkspaceView } from '../../data-plane/snapshot/workspace-view.ts'
import { priceAt } from '../../shared/money/price-schedule.ts'
import type { SnapshotCredential, WorkspaceSnapshot } from '../../shared/snapshot/snapshot-schema.ts'
import { hostedModelsAt } from '../helpers/hosted-models.ts'
import { catalog, model, PRICE, workspace } from '../helpers/snapshot-fixtures.ts'

const openAiEndpoint = { gateway: 'openai' as const, upstreamModel: 'gpt-4o-2024', price: PRICE, credentialId: null }
const openRouterEndpoint = {
  gateway: 'openrouter' as const,
  upstreamModel: 'openai/gpt-4o',
  price: PRICE,
  credentialId: null,
}
const gpt = model({ id: 'gpt-4o', author: 'openai', endpoints: [openAiEndpoint, openRouterEndpoint] })
const index = indexCatalog(catalog({ simulatorUrl: 'http://127.0.0.1:1/v1', models: [gpt, model()] }))
const own = (gateway: SnapshotCredential['gateway'], id = `own-${gateway}`): SnapshotCredential => ({
  id,
  gateway,
  sealedSecret: null,
  settings: {},
  baseUrl: gateway === 'custom' ? 'https://example.com/v1' : null,
})
const view = (changes: Partial<WorkspaceSnapshot> = {}): WorkspaceView =>
  createWorkspaceView({ revision: 'r', snapshot: workspace(changes) }, index)
const gatewaysOf = (workspaceView: WorkspaceView, name: string): string[] =>
  workspaceView.findCandidates(name).map(({ endpoint }) => endpoint.gateway)

test('a model is found by its id, with its author, and with a gateway before it', () => {
  const both = view({ credentials: [own('openai'), own('openrouter')] })
  expect(gatewaysOf(both, 'gpt-4o')).toEqual(['openai', 'openrouter'])
  expect(gatewaysOf(both, 'openai/gpt-4o')).toEqual(['openai', 'openrouter'])
  expect(gatewaysOf(both, 'openai:gpt-4o')).toEqual(['openai'])
  expect(gatewaysOf(both, 'openrouter:openai/gpt-4o')).toEqual(['openrouter'])
  expect(gatewaysOf(both, 'gpt-5000')).toEqual([])
})

test('a name that is one gateway’s id and another’s author and id is served by whichever can be called', () => {
  const routed = model({ id: 'openai/gpt-4o', author: 'openai', endpoints: [openRouterEndpoint] })
  const native = model({ id: 'gpt-4o', author: 'openai', endpoints: [openAiEndpoint] })
  const shared = indexCatalog(catalog({ simulatorUrl: 'http://127.0.0.1:1/v1', models: [native, routed] }))
  const withCredential = (gateway: 'openai' | 'openrouter'): WorkspaceView =>
    createWorkspaceView({ revision: 'r', snapshot: workspace({ credentials: [own(gateway)] }) }, shared)
  expect(gatewaysOf(withCredential('openai'), 'openai/gpt-4o')).toEqual(['openai'])
  expect(gatewaysOf(withCredential('openrouter'), 'openai/gpt-4o')).toEqual(['openrouter'])
  expect(gatewaysOf(withCredential('openrouter'), 'gpt-4o')).toEqual([])
})

test('only gateways with a usable credential are candidates', () => {
  expect(gatewaysOf(view({ credentials: [own('openrouter')] }), 'gpt-4o')).toEqual(['openrouter'])
  expect(gatewaysOf(view(), 'gpt-4o')).toEqual([])
})

test('a credential of the workspace’s own comes before the platform’s, and costs no credits', () => {
  const [pooled] = view().findCandidates('sim-fast')
  const [mine] = view({ credentials: [own('simulator')] }).findCandidates('sim-fast')
  expect(pooled?.paidBy).toBe('credits')
  expect(mine).toMatchObject({ paidBy: 'workspace-credential', credential: { id: 'own-simulator' } })
})

test('a workspace that does not want the pool is not served from it', () => {
  const settings = { ...workspace().settings, pooledCredentials: false }
  expect(gatewaysOf(view({ settings }), 'sim-fast')).toEqual([])
})

test('a model of the workspace’s own is served by the credential it names, and hides the catalog’s of that name', () => {
  const endpoint = { gateway: 'custom' as const, upstreamModel: 'llama', price: null, credentialId: 'mine' }
  const mine = view({
    credentials: [own('custom', 'other'), own('custom', 'mine')],
    models: [model({ id: 'gpt-4o', endpoints: [endpoint] })],
  })
  expect(mine.findCandidates('gpt-4o')).toMatchObject([{ credential: { id: 'mine' }, paidBy: 'workspace-credential' }])
  expect(mine.findCandidates('custom:gpt-4o')).toHaveLength(1)
  expect(mine.listModels().map(({ model: { id } }) => id)).toEqual(['gpt-4o', 'sim-fast'])
})

test('a model of the workspace’s own at another gateway is found by its id and by what the gateway calls it', () => {
  const named = { gateway: 'portkey' as const, upstreamModel: '@openai-prod/gpt-4o', price: null, credentialId: 'key' }
  const hidden = { gateway: 'openai' as const, upstreamModel: 'gpt-4o-2024', price: null, credentialId: 'openai-key' }
  const mine = view({
    credentials: [own('portkey', 'key'), own('openai', 'openai-key')],
    models: [model({ id: 'best', endpoints: [named] }), model({ id: 'tuned', endpoints: [hidden] })],
  })
  for (const name of ['best', 'portkey:best', 'portkey:@openai-prod/gpt-4o']) {
    expect(mine.findCandidates(name)).toMatchObject([{ model: { id: 'best' }, credential: { id: 'key' } }])
  }
  expect(mine.findCandidates('portkey:gpt-4o')).toEqual([])
  // What an own model is called at its gateway hides nothing of the catalog.
  expect(mine.findCandidates('openai:gpt-4o-2024')).toMatchObject([{ model: { id: 'gpt-4o' } }])
  expect(mine.findCandidates('openai:tuned')).toMatchObject([{ model: { id: 'tuned' } }])
})

test('every name of the hosted models leads to them at the gateway it names, each way once', () => {
  const hosted = indexCatalog(
    catalog({ simulatorUrl: 'http://127.0.0.1:1/v1', models: hostedModelsAt(new Date('2026-11-22')) }),
  )
  const gateways = ['anthropic', 'vertex', 'bedrock', 'openrouter'] as const
  const all = createWorkspaceView(
    { revision: 'r', snapshot: workspace({ credentials: gateways.map((gateway) => own(gateway)) }) },
    hosted,
  )
  const waysOf = (name: string): string[] =>
    all.findCandidates(name).map(({ endpoint: { gateway, upstreamModel } }) => `${gateway}:${upstreamModel}`)
  expect(waysOf('anthropic:claude-opus-5')).toEqual(['anthropic:claude-opus-5'])
  expect(waysOf('vertex:claude-opus-5')).toEqual(['vertex:claude-opus-5'])
  expect(waysOf('claude-opus-5')).toEqual(['anthropic:claude-opus-5', 'vertex:claude-opus-5'])
  for (const name of ['vertex:claude-sonnet-4-5', 'vertex:claude-sonnet-4-5@20250929', 'claude-sonnet-4-5@20250929']) {
    expect(waysOf(name)).toContain('vertex:claude-sonnet-4-5@20250929')
    expect(new Set(waysOf(name)).size).toBe(waysOf(name).length)
  }
  const bedrock = 'bedrock:global.anthropic.claude-sonnet-4-6'
  expect(waysOf(bedrock)).toEqual([bedrock])
  expect(waysOf('openrouter:anthropic/claude-opus-5')).toEqual(['openrouter:anthropic/claude-opus-5'])
  expect(waysOf('anthropic/claude-opus-5')).toEqual(expect.arrayContaining(['openrouter:anthropic/claude-opus-5']))
})

test('several credentials of one gateway are ways of their own, in the order they were made', () => {
  const both = view({ credentials: [own('openai', 'first'), own('openai', 'second')] })
  expect(both.findCandidates('openai:gpt-4o').map(({ credential }) => credential.id)).toEqual(['first', 'second'])
})

const OWN_PRICE = { ...PRICE, version: 'override:1', effectiveFrom: 0 }

test('a price of the workspace’s own holds for whom it is set, for its model at its gateway, and for nothing else', () => {
  const credentials = [own('openai'), own('openrouter')]
  const versionsOf = (paidBy: 'credits' | 'workspace-credential', name: string) => {
    const priceOverrides = [{ modelId: 'gpt-4o', gateway: 'openai' as const, paidBy, prices: [OWN_PRICE] }]
    return view({ credentials, priceOverrides })
      .findCandidates(name)
      .map(({ endpoint: { price } }) => price && priceAt(price, 1).version)
  }
  expect(versionsOf('workspace-credential', 'gpt-4o')).toEqual(['override:1', 'test-1'])
  expect(versionsOf('credits', 'gpt-4o')).toEqual(['test-1', 'test-1'])
  expect(versionsOf('credits', 'sim-fast')).toEqual(['test-1'])
})

test('a model without a listed price is offered on credits where the workspace has a price for it there', () => {
  const unpriced = model({
    id: 'sim-new',
    endpoints: [{ gateway: 'simulator', upstreamModel: 'new', price: null, credentialId: null }],
  })
  const shared = indexCatalog(catalog({ simulatorUrl: 'http://127.0.0.1:1/v1', models: [unpriced] }))
  const candidatesOf = (paidBy: 'credits' | 'workspace-credential') => {
    const priceOverrides = [{ modelId: 'sim-new', gateway: 'simulator' as const, paidBy, prices: [OWN_PRICE] }]
    const snapshot = workspace({ priceOverrides })
    return createWorkspaceView({ revision: 'r', snapshot }, shared).findCandidates('sim-new')
  }
  expect(candidatesOf('credits')).toMatchObject([{ paidBy: 'credits', endpoint: { price: { version: 'override:1' } } }])
  expect(candidatesOf('workspace-credential')).toEqual([])
})
