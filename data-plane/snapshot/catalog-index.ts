import type { CatalogSnapshot, SnapshotModel } from '../../shared/snapshot/snapshot-schema.ts'

export interface FoundModel {
  readonly model: SnapshotModel
  /** The gateway the name asked for; null when it asked for none. */
  readonly gateway: string | null
}

export interface CatalogIndex {
  readonly snapshot: CatalogSnapshot
  /** What a name may mean, likeliest first; empty when it means nothing. */
  find(name: string): readonly FoundModel[]
}

/**
 * Indexes the catalog by every name a caller may use: `gpt-4o`, `openai/gpt-4o`, and with a gateway before it
 * `openai:gpt-4o`, `openrouter:openai/gpt-4o`. A name may mean several models, for one gateway's id is another's
 * author and id; a model's own id comes first.
 */
export function indexCatalog(snapshot: CatalogSnapshot): CatalogIndex {
  const byName = new Map<string, FoundModel[]>()
  const claim = (name: string, found: FoundModel): void => {
    const meanings = byName.get(name)
    if (!meanings) byName.set(name, [found])
    else if (!meanings.some(({ model }) => model === found.model)) meanings.push(found)
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
  return { snapshot, find: (name) => byName.get(name) ?? [] }
}
