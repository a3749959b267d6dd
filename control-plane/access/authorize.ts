import { forbidden, unauthenticated, workspaceNotFound } from './access.errors.ts'
import type { RequestContext } from './caller.ts'
import { isAtLeast, PLATFORM_WORKSPACE, type Permission } from './permissions.ts'

export interface Occasion {
  readonly context: RequestContext
  /** The workspace the field is about; null: none. */
  readonly workspaceId: string | null
  readonly isRoot: boolean
}

/** Throws unless the caller may use the field. */
export type Authorize = (permission: Permission, occasion: Occasion) => Promise<void>

interface Deps {
  readonly workspaceExists: (workspaceId: string) => Promise<boolean>
}

/**
 * The rules, all of them here. A platform admin passes as owner of every workspace that exists, except for fields below
 * the root that are marked: those hold what members wrote to models, and running the platform does not take reading it.
 */
export function createAuthorize({ workspaceExists }: Deps): Authorize {
  return async (permission, occasion) => {
    if (permission.type === 'anyone') return
    const caller = await occasion.context.caller()
    if (!caller) throw unauthenticated({})
    if (permission.type === 'signed-in') return
    if (permission.type === 'platform-admin') {
      if (!caller.isPlatformAdmin) throw forbidden({ needed: 'a platform admin' })
      return
    }
    const { workspaceId } = occasion
    if (workspaceId === null) throw workspaceNotFound({})
    if (workspaceId === PLATFORM_WORKSPACE) {
      if (!caller.isPlatformAdmin || !permission.orPlatform) throw workspaceNotFound({})
      return
    }
    const role = await occasion.context.memberRole(workspaceId)
    if (role !== null && isAtLeast(role, permission.role)) return
    if (caller.isPlatformAdmin && occasion.isRoot && (await workspaceExists(workspaceId))) return
    if (role === null) throw workspaceNotFound({})
    throw forbidden({ needed: `the role ${permission.role} in this workspace; yours is ${role}` })
  }
}
