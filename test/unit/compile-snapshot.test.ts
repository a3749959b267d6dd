import { expect, test } from 'vitest'
import { compileCatalogSnapshot, compileWorkspaceSnapshot } from '../../control-plane/snapshot/compile-snapshot.ts'
import { DEFAULT_WORKSPACE_LIMITS } from '../../shared/limits/limit-settings.ts'
import { DEFAULT_CANCEL_POLICY } from '../../shared/llm/cancel-policy.ts'
import { NO_ROUTING_DEFAULTS } from '../../shared/llm/routing-defaults.ts'
import { MOST_QUALITY_SCORES } from '../../shared/llm/routing-quality.ts'
import { decodeSnapshot, encodeSnapshot } from '../../shared/snapshot/snapshot-codec.ts'
import {
  catalogSnapshotSchema,
  workspaceSnapshotSchema,
  type SnapshotKey,
  type SnapshotModel,
  type SnapshotSettings,
} from '../../shared/snapshot/snapshot-schema.ts'

const settings: SnapshotSettings = {
  markupMillionths: 1_250_000,
  creditNanodollars: 500_000_000,
  contentPolicy: 'metadata',
  pooledCredentials: true,
  routing: NO_ROUTING_DEFAULTS,
  limits: DEFAULT_WORKSPACE_LIMITS,
  cancelPolicy: DEFAULT_CANCEL_POLICY,
}

function key(id: string): SnapshotKey {
  return {
    id,
    name: id,
    hash: 'a'.repeat(64),
    allowedModels: null,
    allowedSurfaces: null,
    expiresAt: null,
    limits: null,
    purpose: 'live',
  }
}

function model(id: string): SnapshotModel {
  const endpoint = { gateway: 'custom' as const, upstreamModel: id, price: null, credentialId: 'c' }
  return {
    id,
    author: 'workspace',
    name: id,
    kind: 'chat',
    contextWindow: null,
    maxOutputTokens: null,
    capabilities: [],
    endpoints: [endpoint],
  }
}

const NOTHING = { abTests: [], routers: [], budgets: [], priceOverrides: [], quality: null }

const credential = (id: string) => ({
  id,
  gateway: 'openai' as const,
  sealedSecret: 'v1.x.y',
  baseUrl: null,
  settings: {},
})

test('the same facts have the same revision, in whatever order they were read', () => {
  const keys = [key('b'), key('a'), key('c')]
  const models = [model('y'), model('x')]
  const credentials = [credential('2'), credential('1')]
  const compile = (turn: <Thing>(things: Thing[]) => Thing[]) =>
    compileWorkspaceSnapshot({
      ...NOTHING,
      workspaceId: 'w',
      settings,
      keys: turn(keys),
      credentials: turn(credentials),
      models: turn(models),
    })
  const forward = encodeSnapshot(compile((things) => things))
  const backward = encodeSnapshot(compile((things) => things.toReversed()))
  expect(backward).toEqual(forward)
})

test('a workspace with nothing in it compiles to a valid snapshot', () => {
  const snapshot = compileWorkspaceSnapshot({
    ...NOTHING,
    workspaceId: 'w',
    settings,
    keys: [],
    credentials: [],
    models: [],
  })
  expect(workspaceSnapshotSchema.parse(snapshot)).toEqual(snapshot)
})

test('a snapshot of before routing had defaults reads as one that leaves everything to the request', () => {
  const snapshot = compileWorkspaceSnapshot({
    ...NOTHING,
    workspaceId: 'w',
    settings,
    keys: [],
    credentials: [],
    models: [],
  })
  const { routing: _routing, ...before } = snapshot.settings
  expect(workspaceSnapshotSchema.parse({ ...snapshot, settings: before })).toEqual(snapshot)
})

test('a snapshot of before there were limits reads as one with the default limits, its keys without any of their own', () => {
  const sources = { ...NOTHING, workspaceId: 'w', settings, keys: [key('k')], credentials: [], models: [] }
  const snapshot = compileWorkspaceSnapshot(sources)
  const { limits: _limits, ...before } = snapshot.settings
  const keys = snapshot.keys.map(({ limits: _none, ...rest }) => rest)
  expect(workspaceSnapshotSchema.parse({ ...snapshot, settings: before, keys })).toEqual(snapshot)
})

test('a catalog compiles to a valid snapshot, ordered by id', () => {
  const snapshot = compileCatalogSnapshot({ models: [model('b'), model('a')], platformCredentials: [credential('p')] })
  expect(catalogSnapshotSchema.parse(snapshot)).toEqual(snapshot)
  expect(snapshot.models.map((each) => each.id)).toEqual(['a', 'b'])
})

test('the sources are left as they were', () => {
  const keys = Object.freeze([key('b'), key('a')])
  compileWorkspaceSnapshot({ ...NOTHING, workspaceId: 'w', settings, keys, credentials: [], models: [] })
  expect(keys.map((each) => each.id)).toEqual(['b', 'a'])
})

const MEASURED = { scores: [{ modelId: 'x', taskClass: 'coding' as const, mean: 0.8, count: 40 }], promptModel: null }

test('what was measured of models is in the snapshot and is read back, unless auto is not to go by it', () => {
  const sources = { ...NOTHING, workspaceId: 'w', settings, keys: [], credentials: [], models: [], quality: MEASURED }
  const snapshot = compileWorkspaceSnapshot(sources)
  expect(snapshot.quality).toEqual(MEASURED)
  const { revision, bytes } = encodeSnapshot(snapshot)
  expect(decodeSnapshot(workspaceSnapshotSchema, bytes, revision)).toEqual(snapshot)
  const off = { ...settings, routing: { ...settings.routing, learnFromScores: false } }
  expect(compileWorkspaceSnapshot({ ...sources, settings: off })).not.toHaveProperty('quality')
})

test('a snapshot without anything measured has the bytes it had before there was such a part', () => {
  const sources = { ...NOTHING, workspaceId: 'w', settings, keys: [], credentials: [], models: [] }
  expect(encodeSnapshot(compileWorkspaceSnapshot(sources)).bytes).not.toContain('"quality":')
})

test('more scores than a snapshot may hold are refused', () => {
  const [score] = MEASURED.scores
  const scores = Array.from({ length: MOST_QUALITY_SCORES + 1 }, () => score)
  const sources = { ...NOTHING, workspaceId: 'w', settings, keys: [], credentials: [], models: [] }
  const snapshot = { ...compileWorkspaceSnapshot(sources), quality: { ...MEASURED, scores } }
  expect(workspaceSnapshotSchema.safeParse(snapshot).success).toBe(false)
})
