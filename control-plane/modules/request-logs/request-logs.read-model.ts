import { toPage, type Page, type PageRequest } from '../../api/page.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { VariantSummary } from '../../database/variant-summary.ts'
import type { Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { StoredGeneration } from './request-logs.model.ts'
import { sumCharges, sumSpending, type ChargeSpan } from './sum-charges.ts'
import { summarizeVariantCalls, type CallWindow } from './summarize-variant-calls.ts'

export type { StoredGeneration }

export interface GenerationFilter {
  readonly status?: StoredGeneration['status']
  readonly model?: string
  readonly requestedModel?: string
  readonly gateway?: string
  readonly keyId?: string
  readonly errorCode?: string
  readonly kind?: StoredGeneration['kind']
  readonly stream?: boolean
  /** When the call began, ms: from here on. */
  readonly from?: number
  /** Before this. */
  readonly to?: number
}

export interface RequestLogsReadModel {
  /** Newest first. */
  page(workspaceId: string, filter: GenerationFilter, request: PageRequest): Promise<Page<StoredGeneration>>
  /** By its id, bare or with any surface's prefix, among some workspaces. */
  find(workspaceIds: readonly string[], id: string): Promise<StoredGeneration | null>
  /** What callers' calls of an A/B test were like, by the variant that was assigned, for each of CALL_METRICS. */
  variantCalls(workspaceId: string, abTestId: string, window: CallWindow): Promise<VariantSummary[]>
  /** Callers' calls of an A/B test from an id on, by their ids. */
  abTestCalls(workspaceId: string, abTestId: string, range: CallRange): Promise<StoredGeneration[]>
  findAll(workspaceId: string, ids: readonly string[]): Promise<StoredGeneration[]>
  /** How many calls began in a window. */
  countBegun(workspaceId: string, window: CallWindow): Promise<number>
  /** What usage is made of, of all calls that began in a window. */
  usageCalls(workspaceId: string, window: CallWindow): Promise<UsageCall[]>
  /** What calls took from the credits, by the begin of their piece of time; above zero. */
  chargesByPiece(workspaceId: string, span: ChargeSpan): Promise<Map<number, Nanodollars>>
  /** What calls count for in budgets, by the name of the account and the begin of their piece of time; above zero. */
  spendingByPiece(workspaceId: string, span: ChargeSpan): Promise<Map<string, Map<number, Nanodollars>>>
  /** When the oldest call began that is kept, ms; null: there is none. */
  oldestCallAt(workspaceId: string): Promise<number | null>
}

/** The fields of USAGE_FIELDS: a record from before one was kept is without it. */
export type UsageCall = Pick<StoredGeneration, KeptAlways> &
  Partial<Pick<StoredGeneration, KeptLater>> & { readonly abTestId?: string; readonly variantId?: string }

type KeptAlways = 'keyId' | 'paidBy' | 'status' | 'chargeNanodollars' | 'latencyMs'
type KeptLater =
  | 'model'
  | 'gateway'
  | 'purpose'
  | 'usage'
  | 'costNanodollars'
  | 'forgivenNanodollars'
  | 'timeToFirstTokenMs'

interface CallRange {
  /** Of calls with this id or a higher one. */
  readonly from: string
  readonly limit: number
}

export function createRequestLogsReadModel(generations: WorkspaceCollection<StoredGeneration>): RequestLogsReadModel {
  return {
    async page(workspaceId, filter, { first, after }) {
      const conditions = { ...toConditions(filter), ...(after === null ? {} : { _id: { $lt: after } }) }
      // Ids are ULIDs, made when the call came in: their order is the order of time.
      const found = await generations.find(workspaceId, conditions, { sort: { _id: -1 }, limit: first + 1 })
      return toPage(found, first)
    },

    find: (workspaceIds, id) => generations.findOneIn(workspaceIds, { _id: withoutPrefix(id) }),

    variantCalls: (workspaceId, abTestId, window) =>
      summarizeVariantCalls((filter, stages) => generations.aggregate(workspaceId, filter, stages), abTestId, window),

    abTestCalls(workspaceId, abTestId, { from, limit }) {
      const filter = { 'exposure.abTestId': abTestId, purpose: 'live', _id: { $gte: from } }
      return generations.find(workspaceId, filter, { sort: { _id: 1 }, limit })
    },

    findAll: (workspaceId, ids) => generations.find(workspaceId, { _id: { $in: [...ids] } }),

    countBegun: (workspaceId, { from, to }) => generations.count(workspaceId, { startedAt: { $gte: from, $lt: to } }),

    async usageCalls(workspaceId, { from, to }) {
      const begun = { startedAt: { $gte: from, $lt: to } }
      const found = await generations.aggregate(workspaceId, begun, [{ $project: USAGE_FIELDS }])
      return found as unknown as UsageCall[]
    },

    chargesByPiece: (workspaceId, span) =>
      sumCharges((filter, stages) => generations.aggregate(workspaceId, filter, stages), span),

    spendingByPiece: (workspaceId, span) =>
      sumSpending((filter, stages) => generations.aggregate(workspaceId, filter, stages), span),

    async oldestCallAt(workspaceId) {
      const [oldest] = await generations.find(workspaceId, {}, { sort: { _id: 1 }, limit: 1 })
      return oldest?.startedAt ?? null
    },
  }
}

const USAGE_FIELDS = {
  _id: 0,
  keyId: 1,
  model: 1,
  gateway: 1,
  abTestId: '$exposure.abTestId',
  variantId: '$exposure.variantId',
  purpose: 1,
  paidBy: 1,
  status: 1,
  usage: 1,
  costNanodollars: 1,
  chargeNanodollars: 1,
  forgivenNanodollars: 1,
  latencyMs: 1,
  timeToFirstTokenMs: 1,
} as const

function toConditions({ from, to, ...equal }: GenerationFilter): Record<string, unknown> {
  const conditions: Record<string, unknown> = { ...equal }
  if (from !== undefined || to !== undefined) {
    conditions['startedAt'] = {
      ...(from === undefined ? {} : { $gte: from }),
      ...(to === undefined ? {} : { $lt: to }),
    }
  }
  return conditions
}

function withoutPrefix(id: string): string {
  return id.trim().replace(/^(nrc_|chatcmpl-|gen-)/, '')
}
