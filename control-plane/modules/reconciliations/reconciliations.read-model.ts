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

/** Of the credits of a workspace. */
export interface WorkspaceDrift {
  readonly workspaceId: string
  readonly driftNanodollars: number
}

export interface ReconciliationsReadModel {
  /** The latest; null: there was none yet. */
  latest(workspaceId: string): Promise<Reconciliation | null>
  /** Newest first. */
  page(workspaceId: string, request: PageRequest): Promise<Page<Reconciliation>>
  /** Newest first. */
  releasedLeases(workspaceId: string, request: PageRequest): Promise<Page<ReleasedLeaseRecord>>
  /** How many workspaces have been reconciled. */
  countChecked(): Promise<number>
  /** Those whose latest run found that their credits drift; a bounded number. */
  listDrifting(): Promise<WorkspaceDrift[]>
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

    // These are over all workspaces: a metric has none in mind.
    countChecked: () => model.countDocuments({ isLatest: true }).exec(),
    async listDrifting() {
      const drifting = model.find({ isLatest: true, state: 'drift' }).sort({ _id: 1 }).limit(MOST_DRIFTING)
      return (await drifting.lean<Reconciliation[]>()).flatMap(driftOfCredits)
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

function driftOfCredits({ workspaceId, accounts }: Reconciliation): WorkspaceDrift[] {
  const credits = accounts.find(({ account, type }) => account === workspaceId && type === 'agreed')
  if (!credits || credits.driftNanodollars === 0) return []
  return [{ workspaceId, driftNanodollars: credits.driftNanodollars }]
}
