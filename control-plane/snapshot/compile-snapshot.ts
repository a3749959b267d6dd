import type { AbTestSettings } from '../../shared/ab-tests/ab-test-settings.ts'
import type { QualityKnowledge } from '../../shared/llm/routing-quality.ts'
import type { BudgetSettings } from '../../shared/money/budget.ts'
import type { RouterSettings } from '../../shared/routers/router-settings.ts'
import type { SnapshotPriceOverride } from '../../shared/snapshot/price-schema.ts'
import {
  SNAPSHOT_SCHEMA_VERSION,
  type CatalogSnapshot,
  type SnapshotCredential,
  type SnapshotKey,
  type SnapshotModel,
  type SnapshotSettings,
  type WorkspaceSnapshot,
} from '../../shared/snapshot/snapshot-schema.ts'

export interface WorkspaceSources {
  readonly workspaceId: string
  readonly settings: SnapshotSettings
  readonly keys: readonly SnapshotKey[]
  readonly credentials: readonly SnapshotCredential[]
  readonly models: readonly SnapshotModel[]
  readonly abTests: readonly AbTestSettings[]
  readonly routers: readonly RouterSettings[]
  readonly priceOverrides: readonly SnapshotPriceOverride[]
  readonly budgets: readonly BudgetSettings[]
  /** Null: nothing is measured. */
  readonly quality: QualityKnowledge | null
}

export interface CatalogSources {
  readonly models: readonly SnapshotModel[]
  readonly platformCredentials: readonly SnapshotCredential[]
}

/** Sources in, snapshot out: the same facts give the same snapshot, in whatever order they were read. */
export function compileWorkspaceSnapshot(sources: WorkspaceSources): WorkspaceSnapshot {
  return {
    schemaVersion: SNAPSHOT_SCHEMA_VERSION,
    workspaceId: sources.workspaceId,
    settings: sources.settings,
    keys: sortById(sources.keys),
    credentials: sortById(sources.credentials),
    models: sortById(sources.models),
    abTests: sortById(sources.abTests),
    routers: sortById(sources.routers),
    priceOverrides: [...sources.priceOverrides],
    budgets: sortById(sources.budgets),
    ...qualityOf(sources),
  }
}

/** The part that all workspaces share. */
export function compileCatalogSnapshot(sources: CatalogSources): CatalogSnapshot {
  return {
    schemaVersion: SNAPSHOT_SCHEMA_VERSION,
    models: sortById(sources.models),
    platformCredentials: sortById(sources.platformCredentials),
  }
}

/** Not even an empty part where there is nothing to go by: the bytes of such a snapshot are what they were before. */
function qualityOf({ settings, quality }: WorkspaceSources): Pick<WorkspaceSnapshot, 'quality'> {
  return quality !== null && settings.routing.learnFromScores ? { quality } : {}
}

function sortById<Thing extends { readonly id: string }>(things: readonly Thing[]): Thing[] {
  return things.toSorted((left, right) => (left.id < right.id ? -1 : left.id > right.id ? 1 : 0))
}
