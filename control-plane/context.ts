import type { FastifyRequest } from 'fastify'
import { createAuthenticate, type Authenticate } from './access/authenticate.ts'
import type { Caller, RequestContext } from './access/caller.ts'
import type { Role } from './access/permissions.ts'
import type { ControlPlane } from './compose.ts'

type CreateContext = (request: FastifyRequest) => Promise<RequestContext>

/** What resolvers know of a request to this control plane. */
export function createContext({ modules, sessions }: ControlPlane) {
  const authenticate = createAuthenticate({
    sessions,
    findUser: modules.users.readModel.findCaller,
    findAdminTokenUser: modules.users.readModel.findAdminTokenUser,
  })
  return createContextFactory({ authenticate, findRole: modules.workspaces.readModel.memberRole })
}

interface Deps {
  readonly authenticate: Authenticate
  readonly findRole: (workspaceId: string, userId: string) => Promise<Role | null>
}

/** Each fact is looked up when it is first asked for, and once. */
function createContextFactory({ authenticate, findRole }: Deps): CreateContext {
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
