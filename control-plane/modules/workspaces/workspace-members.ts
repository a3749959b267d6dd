import type { Role } from '../../access/permissions.ts'
import { isDuplicateKey, type WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { alreadyMember, lastOwner, memberNotFound, ownersOnly } from './workspaces.errors.ts'
import type { Member } from './workspaces.read-model.ts'

export interface MemberChange {
  readonly workspaceId: string
  readonly userId: string
  /** Whether the one who changes it has an owner's rights. */
  readonly byOwner: boolean
}

export interface WorkspaceMembers {
  addMember(change: MemberChange, role: Role): Promise<Member>
  setMemberRole(change: MemberChange, role: Role): Promise<Member>
  removeMember(change: MemberChange): Promise<void>
}

interface Deps {
  readonly members: WorkspaceCollection<Member>
  readonly clock: Clock
}

/** Who belongs to a workspace. Only owners touch owners, and one of them stays. */
export function createWorkspaceMembers({ members, clock }: Deps): WorkspaceMembers {
  return {
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
      const before = await requireTouchable(change)
      if (before.role === role) return before
      const updated = await members.update(workspaceId, { userId }, { $set: { role } })
      if (!updated) throw memberNotFound({})
      await keepAnOwner(before)
      return updated
    },

    async removeMember(change) {
      const before = await requireTouchable(change)
      if (!(await members.delete(change.workspaceId, { userId: change.userId }))) throw memberNotFound({})
      await keepAnOwner(before)
    },
  }

  /** Refuses when the member is an owner whom the caller may not touch. */
  async function requireTouchable({ workspaceId, userId, byOwner }: MemberChange): Promise<Member> {
    const member = await members.findOne(workspaceId, { userId })
    if (!member) throw memberNotFound({})
    if (member.role === 'owner' && !byOwner) throw ownersOnly({})
    return member
  }

  /**
   * Puts an owner back who was the last one. Looks after the change and not before it: two owners who leave at the same
   * moment would each see the other one still there.
   */
  async function keepAnOwner(before: Member): Promise<void> {
    const { workspaceId, userId, role } = before
    if (role !== 'owner' || (await members.count(workspaceId, { role: 'owner' })) > 0) return
    const restored = await members.update(workspaceId, { userId }, { $set: { role } })
    if (!restored) await members.insertMissing([before])
    throw lastOwner({})
  }
}

interface NewMember {
  readonly workspaceId: string
  readonly userId: string
  readonly role: Role
  readonly now: number
}

/** A membership as it is kept. */
export function memberOf({ workspaceId, userId, role, now }: NewMember): Member {
  return { _id: `${workspaceId}:${userId}`, workspaceId, userId, role, createdAt: now }
}
