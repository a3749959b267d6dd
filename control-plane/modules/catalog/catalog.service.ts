import { isDuplicateKey, type WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import { CATALOG } from '../../../shared/redis/keys.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { SnapshotModel } from '../../../shared/snapshot/snapshot-schema.ts'
import { applyChanges } from './apply-changes.ts'
import { modelIdTaken, modelNotFound } from './catalog.errors.ts'
import type { CatalogModels, WorkspaceModel } from './catalog.model.ts'
import type { CatalogChange } from './change-catalog.ts'
import {
  chooseCredential,
  dropOwnCredential,
  putAccess,
  type ChosenCredential,
  type GivenAccess,
  type ModelCredentials,
} from './model-access.ts'
import { seedCatalog } from './seed-catalog.ts'
import { defaultFacts, factsOf, toSnapshotModel, type ModelFacts } from './workspace-model.ts'

/** What a user says of a model: what it is, and where it is reached. */
export interface GivenModel {
  readonly facts: Partial<ModelFacts>
  readonly access: GivenAccess
}

export interface CatalogService {
  /**
   * Fills an empty catalog from the price list this program carries. In one that was filled before, prices and what is
   * offered stay as they are, for they change by reviewed proposals alone; what is known of models follows the program.
   *
   * @returns true when something changed
   */
  seed(options: { withSimulator: boolean }): Promise<boolean>
  /** Changes what models cost and where they are offered. Again it changes nothing. */
  applyChanges(changes: readonly CatalogChange[]): Promise<void>
  /** Notes that a price list was compared with the catalog. */
  noteCompared(list: string): Promise<void>
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
  const { models, workspaceModels, credentials, snapshots, createId } = deps

  return {
    seed: (options) => seedCatalog(options, deps),
    applyChanges: (changes) => snapshots.change(CATALOG, () => applyChanges(changes, models.catalogModels)),
    noteCompared: (list) => noteCompared(list, models),

    async create(workspaceId, id, { facts, access }) {
      const chosen = await chooseCredential(workspaceId, access, { newId: `model-${createId()}`, credentials })
      const whole = { ...defaultFacts(id, chosen.gateway), ...facts }
      const { credentialId, ownsCredential } = chosen
      const model = toSnapshotModel(whole, { id, workspaceId, ...chosen, priceNumber: 1 })
      const own = { credentialId, ownsCredential, priceNumber: 1, model }
      const stored: WorkspaceModel = { _id: createId(), workspaceId, modelId: id, ...own }
      await requireFreeId(stored, workspaceModels)
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

async function requireFreeId(
  { workspaceId, modelId }: WorkspaceModel,
  workspaceModels: WorkspaceCollection<WorkspaceModel>,
): Promise<void> {
  const taken = await workspaceModels.findOne(workspaceId, { modelId })
  if (taken) throw modelIdTaken({ model: modelId }, { param: 'id' })
}

async function noteCompared(list: string, { seeds }: CatalogModels): Promise<void> {
  await seeds.updateOne({ _id: 'catalog' }, { $addToSet: { compared: list } })
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

function keepPrice(model: SnapshotModel, before: SnapshotModel): void {
  for (const endpoint of model.endpoints) endpoint.price = before.endpoints[0]?.price ?? null
}
