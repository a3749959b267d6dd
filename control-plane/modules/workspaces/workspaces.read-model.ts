import type { Role } from '../../access/permissions.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotSettings } from '../../../shared/snapshot/snapshot-schema.ts'
import { completeContentRetention } from './content-retention.ts'
import { completeSettings } from './workspace-routing.ts'
import type { Member, Workspace, WorkspaceModels } from './workspaces.model.ts'

export type { Member, Workspace }

export interface WorkspacesReadModel {
  find(workspaceId: string): Promise<Workspace | null>
  exists(workspaceId: string): Promise<boolean>
  /** The workspaces a user is a member of, oldest first. */
  listOfUser(userId: string): Promise<Workspace[]>
  listIdsOfUser(userId: string): Promise<string[]>
  listAll(): Promise<Workspace[]>
  listAllIds(): Promise<string[]>
  memberRole(workspaceId: string, userId: string): Promise<Role | null>
  members(workspaceId: string): Promise<Member[]>
  snapshotSettings(workspaceId: string): Promise<SnapshotSettings | null>
  /** How many days prompts and answers are kept; null: as long as the record of the call. */
  contentRetentionDays(workspaceId: string): Promise<number | null>
}

interface Deps {
  readonly models: WorkspaceModels
  readonly members: WorkspaceCollection<Member>
}

export function createWorkspacesReadModel({ models, members }: Deps): WorkspacesReadModel {
  const find = async (workspaceId: string): Promise<Workspace | null> =>
    models.workspaces.findById(workspaceId).lean<Workspace>()

  // By user and over all workspaces: this is the list of the workspaces one may see.
  const listIdsOfUser = async (userId: string): Promise<string[]> => {
    const memberships = await models.members.find({ userId }, { workspaceId: 1 }).lean<Member[]>()
    return memberships.map((member) => member.workspaceId)
  }

  return {
    find,
    exists: async (workspaceId) => (await models.workspaces.exists({ _id: workspaceId })) !== null,

    async listOfUser(userId) {
      const ids = await listIdsOfUser(userId)
      return models.workspaces
        .find({ _id: { $in: ids } })
        .sort({ _id: 1 })
        .lean<Workspace[]>()
    },

    listIdsOfUser,

    listAll: async () => models.workspaces.find().sort({ _id: 1 }).lean<Workspace[]>(),

    async listAllIds() {
      const found = await models.workspaces.find({}, { _id: 1 }).lean<Workspace[]>()
      return found.map((workspace) => workspace._id)
    },

    memberRole: async (workspaceId, userId) => (await members.findOne(workspaceId, { userId }))?.role ?? null,
    members: (workspaceId) => members.find(workspaceId, {}, { sort: { createdAt: 1, _id: 1 } }),
    async snapshotSettings(workspaceId) {
      const found = await find(workspaceId)
      return found && completeSettings(found.settings)
    },
    async contentRetentionDays(workspaceId) {
      return completeContentRetention((await find(workspaceId))?.settings.contentRetentionDays)
    },
  }
}
