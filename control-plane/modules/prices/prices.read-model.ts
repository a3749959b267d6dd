import { toPage, type Page, type PageRequest } from '../../api/page.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Gateway } from '../../../shared/llm/gateways.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { SnapshotPriceOverride } from '../../../shared/snapshot/price-schema.ts'
import { DIFF_KINDS, type CatalogEntry, type DiffEntry, type PriceVersion } from '../catalog/index.ts'
import { isDone, isStale } from './proposal-changes.ts'
import { toSnapshotOverrides } from './snapshot-overrides.ts'
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
export type { PriceModels, PriceOverride, PriceProposal, PriceProposalEntry }

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
    async histories(filter, request) {
      return toHistoryPage(await catalogEntries(), filter, request)
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
      const applied = entries.filter(({ appliedAt }) => appliedAt !== null).length
      return { isStale: state === 'open' && isAnyStale(entries, catalog, clock.now()), applied }
    },

    overrides: (workspaceId) => overrides.find(workspaceId, { removedAt: null }, { sort: { _id: -1 } }),

    findOverride: (workspaceId, id) => overrides.findOne(workspaceId, { _id: id, removedAt: null }),

    async overridesForSnapshot(workspaceId) {
      const held = await overrides.find(workspaceId, { removedAt: null }, { sort: { _id: 1 } })
      return toSnapshotOverrides(held, clock.now())
    },
  }
}

/** Whether the catalog has changed under what is not applied yet. */
function isAnyStale(entries: readonly PriceProposalEntry[], catalog: readonly CatalogEntry[], now: number): boolean {
  const byId = new Map(catalog.map((entry) => [entry.model.id, entry]))
  return entries.some((each) => {
    const entry = byId.get(each.modelId) ?? null
    return each.appliedAt === null && !isDone(each, entry) && isStale(each, entry, now)
  })
}

function toHistoryPage(
  entries: readonly CatalogEntry[],
  { model, gateway }: HistoryFilter,
  { first, after }: PageRequest,
): Page<PriceHistory> {
  const found = entries
    .flatMap(toHistories)
    .filter((each) => (model === null || each.modelId === model) && (gateway === null || each.gateway === gateway))
    .map((history) => ({ history, position: positionOfHistory(history) }))
    .filter(({ position }) => after === null || position > after)
    .toSorted((left, right) => (left.position < right.position ? -1 : 1))
  return toPage(
    found.slice(0, first + 1).map(({ history }) => history),
    first,
  )
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
