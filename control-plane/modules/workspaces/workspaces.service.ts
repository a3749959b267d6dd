import { workspaceNotFound } from '../../access/access.errors.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { WorkspaceLimits } from '../../../shared/limits/limit-settings.ts'
import type { SnapshotSettings } from '../../../shared/snapshot/snapshot-schema.ts'
import { createWorkspaceMembers, memberOf, type WorkspaceMembers } from './workspace-members.ts'
import { cancelPolicyFields, type CancelPolicyChanges } from './workspace-cancel-policy.ts'
import { limitFields } from './workspace-limits.ts'
import { routingFields, type RoutingChanges, type StoredSettings } from './workspace-routing.ts'
import type { Member, Workspace, WorkspaceModels } from './workspaces.model.ts'

export interface WorkspaceChanges {
  readonly name?: string
  readonly contentPolicy?: SnapshotSettings['contentPolicy']
  readonly pooledCredentials?: boolean
  /** Null: as long as the record. */
  readonly contentRetentionDays?: number | null
}

export interface WorkspacesService extends WorkspaceMembers {
  create(name: string, ownerId: string): Promise<Workspace>
  updateSettings(workspaceId: string, changes: WorkspaceChanges): Promise<Workspace>
  updateRouting(workspaceId: string, changes: RoutingChanges): Promise<Workspace>
  updateLimits(workspaceId: string, changes: Partial<WorkspaceLimits>): Promise<Workspace>
  updateCancelPolicy(workspaceId: string, changes: CancelPolicyChanges): Promise<Workspace>
  /** Brings the platform's prices, which its operator may have changed, to the workspaces that have others. */
  applyPricing(): Promise<void>
}

interface Deps {
  readonly models: WorkspaceModels
  readonly members: WorkspaceCollection<Member>
  readonly snapshots: SnapshotWriter
  /** Gives a new workspace its balance of nothing, so that its first call is refused for want of money, not of facts. */
  readonly openBalance: (workspaceId: string) => Promise<void>
  readonly pricing: Pick<SnapshotSettings, 'markupMillionths' | 'creditNanodollars'>
  readonly clock: Clock
  readonly createId: CreateId
}

export function createWorkspacesService(deps: Deps): WorkspacesService {
  const { models, members, snapshots, openBalance, pricing, clock, createId } = deps

  return {
    async create(name, ownerId) {
      const now = clock.now()
      const settings: StoredSettings = { ...pricing, contentPolicy: 'metadata', pooledCredentials: true }
      const workspace: Workspace = { _id: createId(), name, settings, createdAt: now }
      await snapshots.change(workspace._id, async () => {
        // The member first: a workspace without one could never be reached.
        await members.insert(memberOf({ workspaceId: workspace._id, userId: ownerId, role: 'owner', now }))
        await models.workspaces.create([workspace])
      })
      await openBalance(workspace._id)
      return workspace
    },

    async updateSettings(workspaceId, { name, ...settings }) {
      return change(workspaceId, { ...(name === undefined ? {} : { name }), ...inSettings(settings) })
    },

    updateRouting: (workspaceId, changes) => change(workspaceId, routingFields(changes)),
    updateLimits: (workspaceId, changes) => change(workspaceId, limitFields(changes)),
    updateCancelPolicy: (workspaceId, changes) => change(workspaceId, cancelPolicyFields(changes)),

    async applyPricing() {
      const differs = Object.entries(inSettings(pricing)).map(([field, value]) => ({ [field]: { $ne: value } }))
      const found = await models.workspaces.find({ $or: differs }, { _id: 1 }).lean<Workspace[]>()
      for (const { _id } of found) await change(_id, inSettings(pricing))
    },

    ...createWorkspaceMembers({ members, clock }),
  }

  async function change(workspaceId: string, fields: Record<string, unknown>): Promise<Workspace> {
    return snapshots.change(workspaceId, async () => {
      const updated = await models.workspaces
        .findByIdAndUpdate(workspaceId, { $set: fields }, { returnDocument: 'after' })
        .lean<Workspace>()
      if (!updated) throw workspaceNotFound({})
      return updated
    })
  }
}

function inSettings(settings: Partial<StoredSettings>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).map(([field, value]) => [`settings.${field}`, value]))
}
