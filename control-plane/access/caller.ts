import type { Role } from './permissions.ts'

/** Who asks. Found once a request, and only when a field needs to know. */
export interface Caller {
  readonly userId: string
  readonly email: string
  readonly isPlatformAdmin: boolean
}

/** What a resolver knows of the request besides its arguments. */
export interface RequestContext {
  /** Null: nobody, or a token that is not valid (any more). */
  caller(): Promise<Caller | null>
  /** The caller's role as a member; null: not a member. */
  memberRole(workspaceId: string): Promise<Role | null>
  /** Where the request comes from, as far as the socket knows. */
  readonly address: string
}
