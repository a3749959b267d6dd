import {
  comingPrices,
  costTheSame,
  type CatalogChange,
  type CatalogEntry,
  type DatedPrice,
  type DiffEntry,
} from '../catalog/index.ts'

/** An entry of a proposal, as far as it says what is to change. */
type Proposed = Pick<DiffEntry, 'kind' | 'modelId' | 'gateway' | 'before' | 'after' | 'model'> & {
  readonly proposalId: string
}

/** Whether the catalog has it already: somebody applied it, and did not come to note it. */
export function isDone({ kind, gateway, proposalId }: Proposed, entry: CatalogEntry | null): boolean {
  if (kind === 'removed') return !isOffered(entry, gateway)
  const timeline = entry?.prices.find((each) => each.gateway === gateway)
  return timeline?.versions.some((version) => version.proposalId === proposalId) ?? false
}

/** Whether the catalog is no longer as it was when the change was proposed. */
export function isStale({ gateway, before }: Proposed, entry: CatalogEntry | null, now: number): boolean {
  if (entry === null || !isOffered(entry, gateway)) return before !== null
  if (before === null) return true
  const timeline = entry.prices.find((each) => each.gateway === gateway)
  return !costTheSame(before, comingPrices(timeline?.versions ?? [], now))
}

function isOffered(entry: CatalogEntry | null, gateway: string): boolean {
  return entry?.model.endpoints.some((endpoint) => endpoint.gateway === gateway) ?? false
}

interface Application {
  readonly proposal: { readonly _id: string; readonly name: string; readonly version: string }
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly from: number
}

/** What the catalog is to do for an entry. What is new costs its price at once: there is none that holds until then. */
export function changeOf(entry: Proposed, { proposal, now, from }: Application): CatalogChange {
  const { kind, modelId, gateway, model, after } = entry
  if (kind === 'removed') return { type: 'remove', modelId, gateway }
  if (model === null) throw new Error(`the proposal ${proposal._id} has an entry without a model`)
  const facts = { source: proposal.name, proposalId: proposal._id, recordedAt: now }
  const prices = (after ?? []).map((each: DatedPrice) => ({ ...each, ...facts }))
  const start = kind === 'added' ? now : from
  return { type: 'set', modelId, gateway, model, seed: proposal.version, proposalId: proposal._id, prices, from: start }
}
