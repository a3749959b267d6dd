import { createHash } from 'node:crypto'
import { isDuplicateKey, type WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import { CATALOG } from '../../../shared/redis/keys.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { SnapshotModel } from '../../../shared/snapshot/snapshot-schema.ts'
import { hostedModels, simulatorModels } from './catalog-sources.ts'
import { modelIdTaken, modelNotFound } from './catalog.errors.ts'
import type { CatalogModels, WorkspaceModel } from './catalog.model.ts'
import { toSnapshotModel, type ModelFacts } from './workspace-model.ts'

/** Where a workspace's own model is reached. */
export interface ModelAccess {
  readonly baseUrl: string
  /** Null: the address asks for none. */
  readonly apiKey: string | null
}

export interface ModelChanges {
  readonly facts: Partial<ModelFacts>
  readonly access: Partial<ModelAccess>
}

/** What this module asks of the one that keeps credentials. */
export interface ModelCredentials {
  put(credential: PutCredential): Promise<void>
  drop(workspaceId: string, credentialId: string): Promise<void>
  baseUrlOf(workspaceId: string, credentialId: string): Promise<string>
}

interface PutCredential {
  readonly id: string
  readonly workspaceId: string
  readonly name: string
  readonly gateway: 'custom'
  readonly secret: string | null
  readonly baseUrl: string
  readonly keepSecret: boolean
}

export interface CatalogService {
  /** Brings the catalog up to the price list this program carries. True when something changed. */
  seed(options: { withSimulator: boolean }): Promise<boolean>
  create(workspaceId: string, id: string, model: { facts: ModelFacts; access: ModelAccess }): Promise<WorkspaceModel>
  update(workspaceId: string, id: string, changes: ModelChanges): Promise<WorkspaceModel>
  delete(workspaceId: string, id: string): Promise<void>
}

interface Deps {
  readonly models: CatalogModels
  readonly workspaceModels: WorkspaceCollection<WorkspaceModel>
  readonly credentials: ModelCredentials
  readonly snapshots: SnapshotWriter
  readonly clock: Clock
  readonly createId: CreateId
}

export function createCatalogService(deps: Deps): CatalogService {
  const { models, workspaceModels, credentials, snapshots, clock, createId } = deps

  return {
    async seed({ withSimulator }) {
      const wanted = [...hostedModels(new Date(clock.now())), ...(withSimulator ? simulatorModels() : [])]
      const seed = createHash('sha256').update(JSON.stringify(wanted)).digest('hex')
      const held = await models.seeds.findById('catalog').lean()
      if (held?.seed === seed) return false
      await snapshots.change(CATALOG, () => replaceCatalog(models, wanted, seed))
      return true
    },

    async create(workspaceId, id, { facts, access }) {
      const credentialId = `model-${createId()}`
      const model = toSnapshotModel(facts, { id, workspaceId, credentialId, priceNumber: 1 })
      const stored: WorkspaceModel = { _id: createId(), workspaceId, modelId: id, credentialId, priceNumber: 1, model }
      if (await workspaceModels.findOne(workspaceId, { modelId: id }))
        throw modelIdTaken({ model: id }, { param: 'id' })
      await snapshots.change(workspaceId, async () => {
        await credentials.put(credentialOf(stored, { ...access, secret: access.apiKey, keepSecret: false }))
        await insertOrDrop(stored)
      })
      return stored
    },

    async update(workspaceId, id, { facts, access }) {
      const stored = await require(workspaceId, id)
      const { credentialId } = stored
      const priceNumber = stored.priceNumber + (facts.prices === undefined ? 0 : 1)
      const merged = { ...factsOf(stored.model), ...facts }
      const model = toSnapshotModel(merged, { id, workspaceId, credentialId, priceNumber })
      if (facts.prices === undefined) keepPrice(model, stored.model)
      return snapshots.change(workspaceId, async () => {
        if (access.baseUrl !== undefined || access.apiKey !== undefined) await putAccess(credentials, stored, access)
        const updated = await workspaceModels.update(workspaceId, { modelId: id }, { $set: { model, priceNumber } })
        if (!updated) throw modelNotFound({ model: id })
        return updated
      })
    },

    async delete(workspaceId, id) {
      const { credentialId } = await require(workspaceId, id)
      await snapshots.change(workspaceId, async () => {
        await workspaceModels.delete(workspaceId, { modelId: id })
        await credentials.drop(workspaceId, credentialId)
      })
    },
  }

  async function require(workspaceId: string, id: string): Promise<WorkspaceModel> {
    const stored = await workspaceModels.findOne(workspaceId, { modelId: id })
    if (!stored) throw modelNotFound({ model: id }, { param: 'id' })
    return stored
  }

  async function insertOrDrop(stored: WorkspaceModel): Promise<void> {
    try {
      await workspaceModels.insert(stored)
    } catch (error) {
      await credentials.drop(stored.workspaceId, stored.credentialId)
      if (isDuplicateKey(error)) throw modelIdTaken({ model: stored.modelId }, { cause: error, param: 'id' })
      throw error
    }
  }
}

async function replaceCatalog(models: CatalogModels, wanted: readonly SnapshotModel[], seed: string): Promise<void> {
  const operations = wanted.map((model) => ({
    replaceOne: { filter: { _id: model.id }, replacement: { _id: model.id, seed, model }, upsert: true },
  }))
  await models.catalogModels.bulkWrite(operations, { ordered: false })
  await models.catalogModels.deleteMany({ seed: { $ne: seed } })
  // Last, so that a seed that was broken off is done again.
  await models.seeds.replaceOne({ _id: 'catalog' }, { _id: 'catalog', seed }, { upsert: true })
}

async function putAccess(
  credentials: ModelCredentials,
  stored: WorkspaceModel,
  { baseUrl, apiKey }: Partial<ModelAccess>,
): Promise<void> {
  const { workspaceId, credentialId } = stored
  const kept = baseUrl ?? (await credentials.baseUrlOf(workspaceId, credentialId))
  const keepSecret = apiKey === undefined
  await credentials.put(credentialOf(stored, { baseUrl: kept, secret: apiKey ?? null, keepSecret }))
}

interface CredentialAccess {
  readonly baseUrl: string
  readonly secret: string | null
  readonly keepSecret: boolean
}

function credentialOf(
  { credentialId, workspaceId, modelId }: WorkspaceModel,
  { baseUrl, secret, keepSecret }: CredentialAccess,
): PutCredential {
  return { id: credentialId, workspaceId, name: `Model ${modelId}`, gateway: 'custom', secret, baseUrl, keepSecret }
}

const NO_PRICES = { inputUsdPerMillion: null, outputUsdPerMillion: null, cacheReadUsdPerMillion: null }

function factsOf(model: SnapshotModel): ModelFacts {
  const { name, kind, contextWindow, maxOutputTokens, capabilities, endpoints } = model
  const upstreamModel = endpoints[0]?.upstreamModel ?? model.id
  return { name, kind, contextWindow, maxOutputTokens, capabilities, upstreamModel, prices: NO_PRICES }
}

function keepPrice(model: SnapshotModel, before: SnapshotModel): void {
  for (const endpoint of model.endpoints) endpoint.price = before.endpoints[0]?.price ?? null
}
