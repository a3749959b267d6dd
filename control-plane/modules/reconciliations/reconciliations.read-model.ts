import type { Model } from 'mongoose'
import { toPage, type Page, type PageRequest } from '../../api/page.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import {
  RECONCILIATION_STATES,
  type ReconciledAccount,
  type Reconciliation,
  type ReconciliationState,
  type ReleasedLeaseRecord,
} from './reconciliations.model.ts'

export { RECONCILIATION_STATES }
export type { ReconciledAccount, Reconciliation, ReconciliationState, ReleasedLeaseRecord }

/** How the workspaces were found, each by its latest run. */
export interface DriftReport {
  readonly workspacesChecked: number
  /** Of credits, where there is any; a bounded number. */
  readonly drifting: readonly { readonly workspaceId: string; readonly driftNanodollars: number }[]
}

export interface ReconciliationsReadModel {
  /** The latest; null: there was none yet. */
  latest(workspaceId: string): Promise<Reconciliation | null>
  /** Newest first. */
  page(workspaceId: string, request: PageRequest): Promise<Page<Reconciliation>>
  /** Newest first. */
  releasedLeases(workspaceId: string, request: PageRequest): Promise<Page<ReleasedLeaseRecord>>
  report(): Promise<DriftReport>
}

/** As many lines of a metric as a workspace each. */
const MOST_DRIFTING = 100

export interface ReconciliationCollections {
  readonly reconciliations: WorkspaceCollection<Reconciliation>
  readonly releasedLeases: WorkspaceCollection<ReleasedLeaseRecord>
}

interface Deps extends ReconciliationCollections {
  readonly model: Model<Reconciliation>
}

export function createReconciliationsReadModel(deps: Deps): ReconciliationsReadModel {
  const { model, reconciliations, releasedLeases } = deps
  return {
    latest: (workspaceId) => findLatest(reconciliations, workspaceId),
    page: (workspaceId, request) => findPage(reconciliations, workspaceId, request),
    releasedLeases: (workspaceId, request) => findPage(releasedLeases, workspaceId, request),

    // Over all workspaces: a metric has none in mind.
    async report() {
      const [workspacesChecked, drifting] = await Promise.all([
        model.countDocuments({ isLatest: true }),
        model.find({ isLatest: true, state: 'drift' }).sort({ _id: 1 }).limit(MOST_DRIFTING).lean<Reconciliation[]>(),
      ])
      return { workspacesChecked, drifting: drifting.flatMap(driftOfCredits) }
    },
  }
}

export async function findLatest(
  reconciliations: WorkspaceCollection<Reconciliation>,
  workspaceId: string,
): Promise<Reconciliation | null> {
  const [latest] = await reconciliations.find(workspaceId, {}, { sort: { _id: -1 }, limit: 1 })
  return latest ?? null
}

async function findPage<Document extends Reconciliation | ReleasedLeaseRecord>(
  collection: WorkspaceCollection<Document>,
  workspaceId: string,
  { first, after }: PageRequest,
): Promise<Page<Document>> {
  const filter = after === null ? {} : { _id: { $lt: after } }
  return toPage(await collection.find(workspaceId, filter, { sort: { _id: -1 }, limit: first + 1 }), first)
}

function driftOfCredits({ workspaceId, accounts }: Reconciliation): DriftReport['drifting'] {
  const credits = accounts.find(({ account, type }) => account === workspaceId && type === 'agreed')
  if (!credits || credits.driftNanodollars === 0) return []
  return [{ workspaceId, driftNanodollars: credits.driftNanodollars }]
}
