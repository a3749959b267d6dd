import { toPage, type Page, type PageRequest } from '../../api/page.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { VariantSummary } from '../../database/variant-summary.ts'
import type { Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { isContentKept } from './content-expiry.ts'
import type { StoredContent, StoredGeneration } from './request-logs.model.ts'
import { sumCharges, sumSpending, type ChargeSpan } from './sum-charges.ts'
import { summarizeVariantCalls, type CallWindow } from './summarize-variant-calls.ts'

export type { StoredContent, StoredGeneration }
export type { KeptAs, StoredExposure } from './request-logs.model.ts'

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
  /** Newest first, with what is kept of their content. */
  page(workspaceId: string, filter: GenerationFilter, request: PageRequest): Promise<Page<StoredGeneration>>
  /** By its id, bare or with any surface's prefix, among some workspaces; with what is kept of its content. */
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

interface Deps {
  readonly generations: WorkspaceCollection<StoredGeneration>
  readonly contents: WorkspaceCollection<StoredContent>
  /** How long a workspace keeps content; null: as long as the record. */
  readonly contentRetentionDays: (workspaceId: string) => Promise<number | null>
  readonly clock: Clock
}

export function createRequestLogsReadModel(deps: Deps): RequestLogsReadModel {
  const { generations } = deps
  const withContents = createWithContents(deps)

  return {
    async page(workspaceId, filter, { first, after }) {
      const conditions = { ...toConditions(filter), ...(after === null ? {} : { _id: { $lt: after } }) }
      // Ids are ULIDs, made when the call came in: their order is the order of time.
      const found = await generations.find(workspaceId, conditions, { sort: { _id: -1 }, limit: first + 1 })
      const { nodes, ...page } = toPage(found, first)
      return { ...page, nodes: await withContents(workspaceId, nodes) }
    },

    async find(workspaceIds, id) {
      const found = await generations.findOneIn(workspaceIds, { _id: withoutPrefix(id) })
      if (!found) return null
      const [whole = found] = await withContents(found.workspaceId, [found])
      return whole
    },

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

/** Puts content to its records: what the workspace keeps as of now, also of what has not been removed yet. */
function createWithContents({ contents, contentRetentionDays, clock }: Deps) {
  return async (workspaceId: string, records: readonly StoredGeneration[]): Promise<StoredGeneration[]> => {
    if (records.length === 0) return []
    const found = await contents.find(workspaceId, { _id: { $in: records.map(({ _id }) => _id) } })
    const apart = new Map(found.map(({ _id, content }) => [_id, content]))
    const days = await contentRetentionDays(workspaceId)
    const now = clock.now()
    return records.map((record) => {
      // A record from before content was kept apart has its own until it is moved.
      const content = apart.get(record._id) ?? record.content
      return { ...record, content: isContentKept(record.startedAt, days, now) ? content : null }
    })
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
