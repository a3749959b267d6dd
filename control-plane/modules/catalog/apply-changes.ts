import type { Model } from 'mongoose'
import { isDuplicateKey } from '../../database/workspace-collection.ts'
import { toEntry, type CatalogModel } from './catalog.read-model.ts'
import { changeEntry, type CatalogChange } from './change-catalog.ts'

/** Another process changes the same model at the same moment at most so often. */
const MOST_ATTEMPTS = 5

/** Model by model: a process that dies in between has done some of it, and whoever does it again does the rest. */
export async function applyChanges(changes: readonly CatalogChange[], models: Model<CatalogModel>): Promise<void> {
  for (const [modelId, ofModel] of Map.groupBy(changes, (change) => change.modelId)) {
    await changeModel(modelId, ofModel, models)
  }
}

async function changeModel(
  modelId: string,
  changes: readonly CatalogChange[],
  models: Model<CatalogModel>,
): Promise<void> {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    const stored = await models.findById(modelId).lean<CatalogModel>()
    const before = stored && toEntry(stored)
    const after = changes.reduce(changeEntry, before)
    if (after === null || after === before) return
    const changed: CatalogModel = { _id: modelId, ...after, revision: (stored?.revision ?? 0) + 1 }
    if (await write(changed, stored, models)) return
  }
  throw new Error(`${modelId} of the catalog is being changed by others all the time`)
}

/** False: another process was first. */
async function write(
  changed: CatalogModel,
  stored: CatalogModel | null,
  models: Model<CatalogModel>,
): Promise<boolean> {
  if (stored) {
    // Null finds what has no revision yet.
    const filter = { _id: changed._id, revision: stored.revision ?? null } as object
    const { matchedCount } = await models.replaceOne(filter, changed)
    return matchedCount === 1
  }
  try {
    await models.create([changed])
    return true
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
    return false
  }
}
