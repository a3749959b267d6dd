import { PLATFORM_WORKSPACE } from '../access/permissions.ts'
import type { AbTestsReadModel } from '../modules/ab-tests/index.ts'
import type { BudgetsReadModel } from '../modules/budgets/index.ts'
import type { CatalogReadModel } from '../modules/catalog/index.ts'
import type { CredentialsReadModel } from '../modules/credentials/index.ts'
import type { KeysReadModel } from '../modules/keys/index.ts'
import type { PricesReadModel } from '../modules/prices/index.ts'
import type { RoutingQualityReadModel } from '../modules/routing-quality/index.ts'
import type { RoutersReadModel } from '../modules/routers/index.ts'
import type { WorkspacesReadModel } from '../modules/workspaces/index.ts'
import type { SnapshotKey } from '../../shared/snapshot/snapshot-schema.ts'
import type { CatalogSources, WorkspaceSources } from './compile-snapshot.ts'

export interface SnapshotSources {
  /** Null: there is no such workspace. */
  ofWorkspace(workspaceId: string): Promise<WorkspaceSources | null>
  ofCatalog(): Promise<CatalogSources>
}

interface Deps {
  readonly workspaces: WorkspacesReadModel
  readonly keys: KeysReadModel
  readonly credentials: CredentialsReadModel
  readonly catalog: CatalogReadModel
  readonly abTests: Pick<AbTestsReadModel, 'forSnapshot'>
  readonly routers: Pick<RoutersReadModel, 'forSnapshot'>
  readonly budgets: Pick<BudgetsReadModel, 'forSnapshot'>
  readonly prices: Pick<PricesReadModel, 'overridesForSnapshot'>
  readonly routingQuality: Pick<RoutingQualityReadModel, 'forSnapshot'>
  /** The keys with which Signalbox itself calls the data plane. */
  readonly internalKeysOf: (workspaceId: string) => readonly SnapshotKey[]
}

/** Reads what a snapshot is made of, side by side: a new key waits for the slowest of these, not for their sum. */
export function createSnapshotSources(deps: Deps): SnapshotSources {
  const { workspaces, keys, credentials, catalog, internalKeysOf } = deps
  return {
    async ofWorkspace(workspaceId) {
      const [settings, workspaceKeys, workspaceCredentials, models, ...rest] = await Promise.all([
        workspaces.snapshotSettings(workspaceId),
        keys.forSnapshot(workspaceId),
        credentials.forSnapshot(workspaceId),
        catalog.workspaceModelsForSnapshot(workspaceId),
        deps.abTests.forSnapshot(workspaceId),
        deps.routers.forSnapshot(workspaceId),
        deps.budgets.forSnapshot(workspaceId),
        deps.prices.overridesForSnapshot(workspaceId),
        deps.routingQuality.forSnapshot(workspaceId),
      ])
      if (settings === null) return null
      const [abTests, routers, budgets, priceOverrides, quality] = rest
      return {
        workspaceId,
        settings,
        keys: [...workspaceKeys, ...internalKeysOf(workspaceId)],
        credentials: workspaceCredentials,
        models,
        abTests,
        routers,
        budgets,
        priceOverrides,
        quality,
      }
    },

    async ofCatalog() {
      const [models, platformCredentials] = await Promise.all([
        catalog.catalogModelsForSnapshot(),
        credentials.forSnapshot(PLATFORM_WORKSPACE),
      ])
      return { models, platformCredentials }
    },
  }
}
