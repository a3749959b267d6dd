import { workspaceNotFound } from '../../access/access.errors.ts'
import type { Role } from '../../access/permissions.ts'
import { isDuplicateKey, type WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { SnapshotSettings } from '../../../shared/snapshot/snapshot-schema.ts'
import { alreadyMember, lastOwner, memberNotFound, ownersOnly } from './workspaces.errors.ts'
import type { Member, Workspace, WorkspaceModels } from './workspaces.model.ts'

export interface WorkspaceChanges {
  readonly name?: string
  readonly contentPolicy?: SnapshotSettings['contentPolicy']
  readonly pooledCredentials?: boolean
}

export interface MemberChange {
  readonly workspaceId: string
  readonly userId: string
  /** Whether the one who changes it has an owner's rights. */
  readonly byOwner: boolean
}

export interface WorkspacesService {
  create(name: string, ownerId: string): Promise<Workspace>
  updateSettings(workspaceId: string, changes: WorkspaceChanges): Promise<Workspace>
  addMember(change: MemberChange, role: Role): Promise<Member>
  setMemberRole(change: MemberChange, role: Role): Promise<Member>
  removeMember(change: MemberChange): Promise<void>
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
      const settings: SnapshotSettings = { ...pricing, contentPolicy: 'metadata', pooledCredentials: true }
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
      const fields = Object.entries(settings).map(([field, value]) => [`settings.${field}`, value])
      const set = { ...(name === undefined ? {} : { name }), ...Object.fromEntries(fields) }
      return snapshots.change(workspaceId, async () => {
        const updated = await models.workspaces
          .findByIdAndUpdate(workspaceId, { $set: set }, { returnDocument: 'after' })
          .lean<Workspace>()
        if (!updated) throw workspaceNotFound({})
        return updated
      })
    },

    async addMember({ workspaceId, userId, byOwner }, role) {
      if (role === 'owner' && !byOwner) throw ownersOnly({})
      const member = memberOf({ workspaceId, userId, role, now: clock.now() })
      try {
        await members.insert(member)
      } catch (error) {
        if (isDuplicateKey(error)) throw alreadyMember({}, { cause: error })
        throw error
      }
      return member
    },

    async setMemberRole(change, role) {
      const { workspaceId, userId, byOwner } = change
      if (role === 'owner' && !byOwner) throw ownersOnly({})
      if (role !== 'owner') await requireDispensable(change)
      const updated = await members.update(workspaceId, { userId }, { $set: { role } })
      if (!updated) throw memberNotFound({})
      return updated
    },

    async removeMember(change) {
      await requireDispensable(change)
      if (!(await members.delete(change.workspaceId, { userId: change.userId }))) throw memberNotFound({})
    },
  }

  /** Refuses when the member is an owner whom the caller may not touch, or the last one. */
  async function requireDispensable({ workspaceId, userId, byOwner }: MemberChange): Promise<void> {
    const member = await members.findOne(workspaceId, { userId })
    if (!member) throw memberNotFound({})
    if (member.role !== 'owner') return
    if (!byOwner) throw ownersOnly({})
    if ((await members.count(workspaceId, { role: 'owner' })) <= 1) throw lastOwner({})
  }
}

interface NewMember {
  readonly workspaceId: string
  readonly userId: string
  readonly role: Role
  readonly now: number
}

function memberOf({ workspaceId, userId, role, now }: NewMember): Member {
  return { _id: `${workspaceId}:${userId}`, workspaceId, userId, role, createdAt: now }
}
