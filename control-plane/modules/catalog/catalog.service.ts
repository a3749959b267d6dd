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
import {
  chooseCredential,
  dropOwnCredential,
  putAccess,
  type ChosenCredential,
  type GivenAccess,
  type ModelCredentials,
} from './model-access.ts'
import { defaultFacts, factsOf, toSnapshotModel, type ModelFacts } from './workspace-model.ts'

/** What a user says of a model: what it is, and where it is reached. */
export interface GivenModel {
  readonly facts: Partial<ModelFacts>
  readonly access: GivenAccess
}

export interface CatalogService {
  /** Brings the catalog up to the price list this program carries. True when something changed. */
  seed(options: { withSimulator: boolean }): Promise<boolean>
  create(workspaceId: string, id: string, model: GivenModel): Promise<WorkspaceModel>
  update(workspaceId: string, id: string, changes: GivenModel): Promise<WorkspaceModel>
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
  const { workspaceModels, credentials, snapshots, clock, createId } = deps

  return {
    seed: ({ withSimulator }) =>
      seedCatalog([...hostedModels(new Date(clock.now())), ...(withSimulator ? simulatorModels() : [])], deps),

    async create(workspaceId, id, { facts, access }) {
      const chosen = await chooseCredential(workspaceId, access, { newId: `model-${createId()}`, credentials })
      const whole = { ...defaultFacts(id, chosen.gateway), ...facts }
      const { credentialId, ownsCredential } = chosen
      const model = toSnapshotModel(whole, { id, workspaceId, ...chosen, priceNumber: 1 })
      const own = { credentialId, ownsCredential, priceNumber: 1, model }
      const stored: WorkspaceModel = { _id: createId(), workspaceId, modelId: id, ...own }
      if (await workspaceModels.findOne(workspaceId, { modelId: id }))
        throw modelIdTaken({ model: id }, { param: 'id' })
      await snapshots.change(workspaceId, async () => {
        if (ownsCredential) await putAccess(stored, { ...access, apiKey: access.apiKey ?? null }, credentials)
        await insertOrDrop(stored)
      })
      return stored
    },

    async update(workspaceId, id, { facts, access }) {
      const stored = await require(workspaceId, id)
      const chosen = await chosenNow(stored, access, credentials)
      const { credentialId, ownsCredential } = chosen
      const priceNumber = stored.priceNumber + (facts.prices === undefined ? 0 : 1)
      const merged = { ...factsOf(stored.model), ...facts }
      const model = toSnapshotModel(merged, { id, workspaceId, ...chosen, priceNumber })
      if (facts.prices === undefined) keepPrice(model, stored.model)
      return snapshots.change(workspaceId, async () => {
        if (credentialId === stored.credentialId) await putAccess(stored, access, credentials)
        const set = { model, priceNumber, credentialId, ownsCredential }
        const updated = await workspaceModels.update(workspaceId, { modelId: id }, { $set: set })
        if (!updated) throw modelNotFound({ model: id })
        if (credentialId !== stored.credentialId) await dropOwnCredential(stored, credentials)
        return updated
      })
    },

    async delete(workspaceId, id) {
      const stored = await require(workspaceId, id)
      await snapshots.change(workspaceId, async () => {
        await workspaceModels.delete(workspaceId, { modelId: id })
        await dropOwnCredential(stored, credentials)
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
      await dropOwnCredential(stored, credentials)
      if (isDuplicateKey(error)) throw modelIdTaken({ model: stored.modelId }, { cause: error, param: 'id' })
      throw error
    }
  }
}

async function chosenNow(
  stored: WorkspaceModel,
  access: GivenAccess,
  credentials: ModelCredentials,
): Promise<ChosenCredential> {
  const { workspaceId, credentialId, ownsCredential = true, model } = stored
  if (access.credentialId !== undefined && access.credentialId !== credentialId) {
    return chooseCredential(workspaceId, access, { newId: credentialId, credentials })
  }
  return { credentialId, ownsCredential, gateway: model.endpoints[0]?.gateway ?? 'custom' }
}

/** The seed is named by what it holds: another list, or another form of it, is another seed. */
async function seedCatalog(wanted: readonly SnapshotModel[], { models, snapshots }: Deps): Promise<boolean> {
  const seed = createHash('sha256').update(JSON.stringify(wanted)).digest('hex')
  const held = await models.seeds.findById('catalog').lean()
  if (held?.seed === seed) return false
  await snapshots.change(CATALOG, () => replaceCatalog(models, wanted, seed))
  return true
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

function keepPrice(model: SnapshotModel, before: SnapshotModel): void {
  for (const endpoint of model.endpoints) endpoint.price = before.endpoints[0]?.price ?? null
}
