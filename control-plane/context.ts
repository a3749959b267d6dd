import type { FastifyRequest } from 'fastify'
import type { Authenticate } from './access/authenticate.ts'
import type { Caller, RequestContext } from './access/caller.ts'
import type { Role } from './access/permissions.ts'

export type CreateContext = (request: FastifyRequest) => Promise<RequestContext>

interface Deps {
  readonly authenticate: Authenticate
  readonly findRole: (workspaceId: string, userId: string) => Promise<Role | null>
}

/** What resolvers know of a request. Each fact is looked up when it is first asked for, and once. */
export function createContextFactory({ authenticate, findRole }: Deps): CreateContext {
  return async ({ headers, ip }) => {
    let caller: Promise<Caller | null> | undefined
    const roles = new Map<string, Promise<Role | null>>()

    const context: RequestContext = {
      address: ip,
      caller() {
        caller ??= authenticate(headers.authorization)
        return caller
      },
      memberRole(workspaceId) {
        const known = roles.get(workspaceId)
        if (known) return known
        const role = context.caller().then((found) => (found ? findRole(workspaceId, found.userId) : null))
        roles.set(workspaceId, role)
        return role
      },
    }
    return context
  }
}
