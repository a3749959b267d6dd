import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import { CATALOG } from '../../../shared/redis/keys.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { SnapshotModel } from '../../../shared/snapshot/snapshot-schema.ts'
import { hostedModels, simulatorModels } from './catalog-sources.ts'
import { toEntry, type CatalogModel, type CatalogModels } from './catalog.read-model.ts'
import { installedPriceList } from './installed-price-list.ts'
import type { PricedModel } from './price-list.ts'

export interface SeedDeps {
  readonly models: CatalogModels
  readonly snapshots: SnapshotWriter
  readonly clock: Clock
}

const SIMULATOR = 'simulator'
const INSTALLED = /^genai-prices@/

/** What `CatalogService.seed` promises. */
export async function seedCatalog({ withSimulator }: { withSimulator: boolean }, deps: SeedDeps): Promise<boolean> {
  const { models, snapshots, clock } = deps
  const list = installedPriceList()
  const hosted = hostedModels(list)
  const simulated = withSimulator ? simulatorModels().map(toPricedModel) : []
  const toDocument = (seed: string) => (priced: PricedModel) => documentOf(priced, seed, clock.now())

  if (!(await models.seeds.findById('catalog').lean())) {
    const documents = [...hosted.map(toDocument(list.version)), ...simulated.map(toDocument(SIMULATOR))]
    await snapshots.change(CATALOG, () => fill(models, documents, list.version))
    return true
  }
  const stored = await models.catalogModels.find().lean<CatalogModel[]>()
  const wanted = [...refreshed(stored, hosted), ...missing(stored, simulated.map(toDocument(SIMULATOR)))]
  const gone = stored.filter((each) => !withSimulator && isSimulated(each)).map(({ _id }) => _id)
  if (wanted.length === 0 && gone.length === 0) return false
  await snapshots.change(CATALOG, async () => {
    await put(models, wanted)
    if (gone.length > 0) await models.catalogModels.deleteMany({ _id: { $in: gone } })
  })
  return true
}

function documentOf({ model, prices }: PricedModel, seed: string, now: number): CatalogModel {
  const timelines = prices.map(({ gateway, versions }) => ({
    gateway,
    versions: versions.map((version) => ({ ...version, source: seed, proposalId: null, recordedAt: now })),
  }))
  return { _id: model.id, seed, model, prices: timelines, revision: 0 }
}

async function fill(models: CatalogModels, documents: readonly CatalogModel[], seed: string): Promise<void> {
  await put(models, documents)
  // Last, so that a seed that was broken off is done again.
  await models.seeds.replaceOne({ _id: 'catalog' }, { _id: 'catalog', seed }, { upsert: true })
}

async function put(models: CatalogModels, documents: readonly CatalogModel[]): Promise<void> {
  if (documents.length === 0) return
  const operations = documents.map((document) => ({
    replaceOne: { filter: { _id: document._id }, replacement: document, upsert: true },
  }))
  await models.catalogModels.bulkWrite(operations as Parameters<typeof models.catalogModels.bulkWrite>[0], {
    ordered: false,
  })
}

/** The models of which this program knows something else than it is kept: all but prices and where they are offered. */
function refreshed(stored: readonly CatalogModel[], hosted: readonly PricedModel[]): CatalogModel[] {
  const byId = new Map(hosted.map((each) => [each.model.id, each.model]))
  return stored.flatMap((document) => {
    const known = byId.get(document._id)
    // What an uploaded file says of a model is newer than what the program carries.
    if (!known || !INSTALLED.test(document.seed)) return []
    const model = { ...known, endpoints: document.model.endpoints }
    const isSame = JSON.stringify(sorted(model)) === JSON.stringify(sorted(document.model))
    return isSame ? [] : [{ ...document, ...toEntry(document), model, revision: (document.revision ?? 0) + 1 }]
  })
}

function sorted(model: SnapshotModel): unknown {
  return Object.entries(model).toSorted(([left], [right]) => (left < right ? -1 : 1))
}

function missing(stored: readonly CatalogModel[], simulated: readonly CatalogModel[]): CatalogModel[] {
  const there = new Set(stored.map(({ _id }) => _id))
  return simulated.filter(({ _id }) => !there.has(_id))
}

function isSimulated({ model }: CatalogModel): boolean {
  return model.endpoints.some(({ gateway }) => gateway === 'simulator')
}

function toPricedModel(model: SnapshotModel): PricedModel {
  return {
    model: { ...model, endpoints: model.endpoints.map((endpoint) => ({ ...endpoint, price: null })) },
    prices: model.endpoints.map(({ gateway, price }) => ({ gateway, versions: [{ effectiveFrom: 0, price }] })),
  }
}
