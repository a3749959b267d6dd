import { DEFAULT_WORKSPACE_LIMITS } from '../../shared/limits/limit-settings.ts'
import { DEFAULT_CANCEL_POLICY } from '../../shared/llm/cancel-policy.ts'
import { NO_ROUTING_DEFAULTS } from '../../shared/llm/routing-defaults.ts'
import { createApiKey } from '../../shared/secrets/api-key.ts'
import { hashKey } from '../../shared/secrets/hash-key.ts'
import {
  SNAPSHOT_SCHEMA_VERSION,
  type CatalogSnapshot,
  type SnapshotEndpoint,
  type SnapshotKey,
  type SnapshotModel,
  type WorkspaceSnapshot,
} from '../../shared/snapshot/snapshot-schema.ts'

/** The smallest valid snapshots, so that a test shows only what matters to it. */

/** $1 a million tokens in, $4 out, $0.1 from the cache. */
export const PRICE: NonNullable<SnapshotEndpoint['price']> = {
  version: 'test-1',
  rates: {
    input: 1_000_000_000,
    cacheRead: 100_000_000,
    cacheWrite: null,
    cacheWrite1h: null,
    inputAudio: null,
    inputImage: null,
    output: 4_000_000_000,
    outputAudio: null,
    outputImage: null,
    webSearch: null,
  },
  tiers: [],
  perRequestNanodollars: 0,
}

export function model(changes: Partial<SnapshotModel> = {}): SnapshotModel {
  const id = changes.id ?? 'sim-fast'
  return {
    id,
    author: 'signalbox',
    name: id,
    kind: 'chat',
    contextWindow: 128_000,
    maxOutputTokens: 4_096,
    capabilities: ['tools'],
    endpoints: [{ gateway: 'simulator', upstreamModel: id, price: PRICE, credentialId: null }],
    ...changes,
  }
}

export function catalog(changes: Partial<CatalogSnapshot> & { simulatorUrl: string }): CatalogSnapshot {
  const { simulatorUrl, ...rest } = changes
  return {
    schemaVersion: SNAPSHOT_SCHEMA_VERSION,
    models: [model(), model({ id: 'sim-smart' }), model({ id: 'sim-embedding', kind: 'embedding' })],
    platformCredentials: [
      { id: 'platform-simulator', gateway: 'simulator', sealedSecret: null, baseUrl: simulatorUrl, settings: {} },
    ],
    ...rest,
  }
}

export function key(changes: Partial<SnapshotKey> = {}): { secret: string; key: SnapshotKey } {
  const secret = createApiKey('nr-')
  return {
    secret,
    key: {
      id: `key-${secret.slice(-4)}`,
      name: 'test',
      hash: hashKey(secret),
      allowedModels: null,
      allowedSurfaces: null,
      expiresAt: null,
      limits: null,
      purpose: 'live',
      ...changes,
    },
  }
}

export function workspace(changes: Partial<WorkspaceSnapshot> = {}): WorkspaceSnapshot {
  return {
    schemaVersion: SNAPSHOT_SCHEMA_VERSION,
    workspaceId: 'workspace-1',
    settings: {
      markupMillionths: 1_250_000,
      creditNanodollars: 500_000_000,
      contentPolicy: 'metadata',
      pooledCredentials: true,
      routing: NO_ROUTING_DEFAULTS,
      limits: DEFAULT_WORKSPACE_LIMITS,
      cancelPolicy: DEFAULT_CANCEL_POLICY,
    },
    keys: [],
    credentials: [],
    models: [],
    priceOverrides: [],
    abTests: [],
    routers: [],
    budgets: [],
    ...changes,
  }
}
