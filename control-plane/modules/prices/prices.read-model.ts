import { toPage, type Page, type PageRequest } from '../../api/page.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Gateway } from '../../../shared/llm/gateways.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { SnapshotPriceOverride } from '../../../shared/snapshot/price-schema.ts'
import { DIFF_KINDS, pricesFrom, type CatalogEntry, type DiffEntry, type PriceVersion } from '../catalog/index.ts'
import { isDone, isStale } from './proposal-changes.ts'
import { proposalNotFound } from './prices.errors.ts'
import {
  PROPOSAL_SOURCES,
  PROPOSAL_STATES,
  type PriceModels,
  type PriceOverride,
  type PriceProposal,
  type PriceProposalEntry,
} from './prices.model.ts'

export { DIFF_KINDS, PROPOSAL_SOURCES, PROPOSAL_STATES }
export type { PriceOverride, PriceProposal, PriceProposalEntry }

/** What one model costs at one gateway, and has cost. */
export interface PriceHistory {
  readonly modelId: string
  readonly gateway: Gateway
  /** Whether it can be called there today. */
  readonly isOffered: boolean
  /** Ordered by `effectiveFrom`. */
  readonly versions: readonly PriceVersion[]
}

export interface HistoryFilter {
  readonly model: string | null
  readonly gateway: Gateway | null
}

export interface EntryFilter {
  readonly kind: DiffEntry['kind'] | null
  readonly flaggedOnly: boolean
}

export interface ProposalProgress {
  readonly isStale: boolean
  readonly applied: number
}

export interface PricesReadModel {
  /** By model, then by gateway. */
  histories(filter: HistoryFilter, request: PageRequest): Promise<Page<PriceHistory>>
  /** @throws `price_proposal_not_found` */
  proposal(id: string): Promise<PriceProposal>
  /** Newest first. */
  proposals(request: PageRequest): Promise<Page<PriceProposal>>
  /** Of a proposal: by model, then by gateway. */
  proposalEntries(proposalId: string, filter: EntryFilter, request: PageRequest): Promise<Page<PriceProposalEntry>>
  /** How much of a proposal is applied, and whether the catalog has changed under the rest. */
  progress(proposal: PriceProposal): Promise<ProposalProgress>
  /** A workspace's prices that were not removed, newest first. */
  overrides(workspaceId: string): Promise<PriceOverride[]>
  findOverride(workspaceId: string, id: string): Promise<PriceOverride | null>
  overridesForSnapshot(workspaceId: string): Promise<SnapshotPriceOverride[]>
}

interface Deps {
  readonly models: PriceModels
  readonly overrides: WorkspaceCollection<PriceOverride>
  readonly catalogEntries: () => Promise<CatalogEntry[]>
  readonly clock: Clock
}

export function createPricesReadModel({ models, overrides, catalogEntries, clock }: Deps): PricesReadModel {
  return {
    async histories({ model, gateway }, { first, after }) {
      const all = (await catalogEntries()).flatMap((entry) => toHistories(entry))
      const found = all.filter(
        (each) =>
          (model === null || each.modelId === model) &&
          (gateway === null || each.gateway === gateway) &&
          (after === null || positionOfHistory(each) > after),
      )
      const ordered = found.toSorted((left, right) => (positionOfHistory(left) < positionOfHistory(right) ? -1 : 1))
      return toPage(ordered.slice(0, first + 1), first)
    },

    async proposal(id) {
      const proposal = await models.proposals.findById(id).lean<PriceProposal>()
      if (!proposal) throw proposalNotFound({}, { param: 'id' })
      return proposal
    },

    async proposals({ first, after }) {
      const conditions = after === null ? {} : { _id: { $lt: after } }
      const found = await models.proposals
        .find(conditions)
        .sort({ _id: -1 })
        .limit(first + 1)
        .lean<PriceProposal[]>()
      return toPage(found, first)
    },

    async proposalEntries(proposalId, { kind, flaggedOnly }, { first, after }) {
      const conditions = {
        proposalId,
        ...(kind === null ? {} : { kind }),
        ...(flaggedOnly ? { flagged: true } : {}),
        ...(after === null ? {} : { _id: { $gt: after } }),
      }
      const found = await models.entries
        .find(conditions)
        .sort({ _id: 1 })
        .limit(first + 1)
        .lean<PriceProposalEntry[]>()
      return toPage(found, first)
    },

    async progress({ _id, state }) {
      const [entries, catalog] = await Promise.all([
        models.entries.find({ proposalId: _id }).lean<PriceProposalEntry[]>(),
        state === 'open' ? catalogEntries() : [],
      ])
      const byId = new Map(catalog.map((entry) => [entry.model.id, entry]))
      const now = clock.now()
      const isOutdated = (each: PriceProposalEntry): boolean => {
        const entry = byId.get(each.modelId) ?? null
        return each.appliedAt === null && !isDone(each, entry) && isStale(each, entry, now)
      }
      const applied = entries.filter(({ appliedAt }) => appliedAt !== null).length
      return { isStale: state === 'open' && entries.some(isOutdated), applied }
    },

    overrides: (workspaceId) => overrides.find(workspaceId, { removedAt: null }, { sort: { _id: -1 } }),

    findOverride: (workspaceId, id) => overrides.findOne(workspaceId, { _id: id, removedAt: null }),

    async overridesForSnapshot(workspaceId) {
      const held = await overrides.find(workspaceId, { removedAt: null }, { sort: { _id: 1 } })
      const byPlace = Map.groupBy(held, (each) => JSON.stringify([each.modelId, each.gateway, each.paidBy]))
      const places = [...byPlace].toSorted(([left], [right]) => (left < right ? -1 : 1))
      const now = clock.now()
      return places.flatMap(([, [first, ...others]]) => (first ? toSnapshotOverride(first, others, now) : []))
    },
  }
}

/** What the cursor of a history is made of. */
export function positionOfHistory({ modelId, gateway }: PriceHistory): string {
  return `${modelId} ${gateway}`
}

function toHistories({ model, prices }: CatalogEntry): PriceHistory[] {
  return prices.map(({ gateway, versions }) => ({
    modelId: model.id,
    gateway,
    isOffered: model.endpoints.some((endpoint) => endpoint.gateway === gateway),
    versions,
  }))
}

/** No call that has not ended yet began longer ago. */
const LONGEST_CALL_MS = 3_600_000

/** @param others of the same place, in the order in which they were set; of two from one moment the later one holds */
function toSnapshotOverride(
  first: PriceOverride,
  others: readonly PriceOverride[],
  now: number,
): SnapshotPriceOverride {
  const { modelId, gateway, paidBy } = first
  const ordered = [first, ...others].toSorted((left, right) => left.effectiveFrom - right.effectiveFrom)
  const prices = pricesFrom(ordered, now - LONGEST_CALL_MS).map(({ price, effectiveFrom }) => ({
    ...price,
    tiers: [...price.tiers],
    effectiveFrom,
  }))
  return { modelId, gateway, paidBy, prices }
}
