import { Extensions } from 'type-graphql'

/** What a member may do in a workspace, rising. */
export const ROLES = ['viewer', 'developer', 'admin', 'owner'] as const
export type Role = (typeof ROLES)[number]

/** Credentials of the platform itself are kept under this name; only platform admins pass as its members. */
export const PLATFORM_WORKSPACE = 'platform'

/** Who may use a field. A root field without one of these keeps the server from starting. */
export type Permission =
  | { readonly type: 'anyone' }
  | { readonly type: 'signed-in' }
  | { readonly type: 'platform-admin' }
  /** Which argument of a root field (or, of another field, which field of its parent) names the workspace. */
  | ({ readonly type: 'workspace-role'; readonly role: Role } & WorkspaceOptions)

interface WorkspaceOptions {
  readonly workspaceIdFrom: string
  /** Whether platform admins may name the platform in a workspace's place. */
  readonly orPlatform: boolean
}

/** Marks a field of the schema with its permission. `guardSchema` enforces it. */
export function Access(permission: Permission) {
  return Extensions({ permission })
}

export const anyone: Permission = { type: 'anyone' }
export const signedIn: Permission = { type: 'signed-in' }
export const platformAdmin: Permission = { type: 'platform-admin' }
export const workspaceRole = (role: Role, options: Partial<WorkspaceOptions> = {}): Permission => ({
  type: 'workspace-role',
  role,
  workspaceIdFrom: 'workspaceId',
  orPlatform: false,
  ...options,
})

/** Whether a role includes what another one may do. */
export function isAtLeast(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed)
}
