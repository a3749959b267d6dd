import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Gateway } from '../../../shared/llm/gateways.ts'
import type { SnapshotModel } from '../../../shared/snapshot/snapshot-schema.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CatalogModel, CatalogModels, WorkspaceModel } from './catalog.model.ts'
import type { CatalogEntry } from './change-catalog.ts'
import { withPrices, type PriceTimeline } from './price-timeline.ts'

export type { CatalogModel, CatalogModels, WorkspaceModel }

export interface ListedModel {
  readonly model: SnapshotModel
  readonly origin: 'catalog' | 'workspace'
}

export interface CatalogReadModel {
  /** What a workspace can name: its own models first, then the catalog, each by id. */
  list(workspaceId: string, search: string | null): Promise<ListedModel[]>
  /** Null: the workspace can name no such model at the gateway. */
  findPlace(workspaceId: string, place: ModelPlace): Promise<FoundPlace | null>
  catalogModelsForSnapshot(): Promise<SnapshotModel[]>
  workspaceModelsForSnapshot(workspaceId: string): Promise<SnapshotModel[]>
  /** Every model there is or was, with the history of its prices, by id. */
  entries(): Promise<CatalogEntry[]>
  /** The price lists that the catalog was filled from or compared with. */
  knownLists(): Promise<string[]>
  /** The id of the model that needs a credential; null: none does. */
  findModelUsing(workspaceId: string, credentialId: string): Promise<string | null>
}

export interface ModelPlace {
  readonly modelId: string
  readonly gateway: Gateway
}

export interface FoundPlace {
  readonly origin: ListedModel['origin']
  /** Whether it is known what the model costs there at the moment. */
  readonly isPriced: boolean
}

interface Deps {
  readonly models: CatalogModels
  readonly workspaceModels: WorkspaceCollection<WorkspaceModel>
  readonly clock: Clock
}

export function createCatalogReadModel({ models, workspaceModels, clock }: Deps): CatalogReadModel {
  const entries = async (): Promise<CatalogEntry[]> => {
    const found = await models.catalogModels.find().sort({ _id: 1 }).lean<CatalogModel[]>()
    return found.map(toEntry)
  }
  const catalogModels = async (): Promise<SnapshotModel[]> => {
    const now = clock.now()
    const offered = (await entries()).filter(({ model }) => model.endpoints.length > 0)
    return offered.map(({ model, prices }) => withPrices(model, prices, now))
  }
  const ownModels = async (workspaceId: string): Promise<SnapshotModel[]> => {
    const found = await workspaceModels.find(workspaceId, {}, { sort: { modelId: 1 } })
    return found.map((each) => each.model)
  }

  return {
    async list(workspaceId, search) {
      const [own, shared] = await Promise.all([ownModels(workspaceId), catalogModels()])
      const listed = [
        ...own.map((model): ListedModel => ({ model, origin: 'workspace' })),
        ...shared.map((model): ListedModel => ({ model, origin: 'catalog' })),
      ]
      if (search === null) return listed
      const wanted = search.toLowerCase()
      return listed.filter(({ model }) => `${model.id}\n${model.name}`.toLowerCase().includes(wanted))
    },

    async findPlace(workspaceId, { modelId, gateway }) {
      const own = await workspaceModels.findOne(workspaceId, { modelId })
      if (own) return placeOf(own.model, gateway, 'workspace')
      const shared = await models.catalogModels.findById(modelId).lean<CatalogModel>()
      if (!shared) return null
      const { model, prices } = toEntry(shared)
      return placeOf(withPrices(model, prices, clock.now()), gateway, 'catalog')
    },

    catalogModelsForSnapshot: catalogModels,
    workspaceModelsForSnapshot: ownModels,
    entries,

    async knownLists() {
      const held = await models.seeds.findById('catalog').lean()
      return held ? [held.seed, ...(held.compared ?? [])] : []
    },

    async findModelUsing(workspaceId, credentialId) {
      return (await workspaceModels.findOne(workspaceId, { credentialId }))?.modelId ?? null
    },
  }
}

function placeOf(model: SnapshotModel, gateway: Gateway, origin: ListedModel['origin']): FoundPlace | null {
  const endpoint = model.endpoints.find((each) => each.gateway === gateway)
  return endpoint ? { origin, isPriced: endpoint.price !== null } : null
}

/** A document as an entry, whatever version wrote it. */
export function toEntry({ seed, model, prices }: CatalogModel): CatalogEntry {
  return { seed, model, prices: prices ?? model.endpoints.map(toTimeline) }
}

function toTimeline({ gateway, price }: SnapshotModel['endpoints'][number]): PriceTimeline {
  const source = price?.version ?? 'unknown'
  return { gateway, versions: [{ effectiveFrom: 0, price, source, proposalId: null, recordedAt: 0 }] }
}
