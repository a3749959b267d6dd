import type { CatalogSnapshot, SnapshotModel } from '../../shared/snapshot/snapshot-schema.ts'

export interface FoundModel {
  readonly model: SnapshotModel
  /** The gateway the name asked for; null when it asked for none. */
  readonly gateway: string | null
}

export interface CatalogIndex {
  readonly snapshot: CatalogSnapshot
  find(name: string): FoundModel | undefined
}

/**
 * Indexes the catalog by every name a caller may use: `gpt-4o`, `openai/gpt-4o`, and with a gateway before it
 * `openai:gpt-4o`, `openrouter:openai/gpt-4o`. The first model to claim a name keeps it.
 */
export function indexCatalog(snapshot: CatalogSnapshot): CatalogIndex {
  const byName = new Map<string, FoundModel>()
  const claim = (name: string, found: FoundModel): void => {
    if (!byName.has(name)) byName.set(name, found)
  }
  for (const model of snapshot.models) claim(model.id, { model, gateway: null })
  for (const model of snapshot.models) {
    claim(`${model.author}/${model.id}`, { model, gateway: null })
    for (const { gateway, upstreamModel } of model.endpoints) {
      claim(`${gateway}:${upstreamModel}`, { model, gateway })
      claim(`${gateway}:${model.id}`, { model, gateway })
      claim(upstreamModel, { model, gateway: null })
    }
  }
  return { snapshot, find: (name) => byName.get(name) }
}
