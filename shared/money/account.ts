/**
 * What calls spend from: the credits of a workspace, or a budget in one of its periods. Each has a live balance in Redis
 * of which processes hold leases. The account of the credits is the workspace's id; that of a budget is the id, a slash,
 * and a name. Workspaces' ids hold no slash.
 */
export type AccountId = string

const CREDITS = 'credits'

/** @param name for example `budget:<id>:2026-11`, as records keep it */
export function namedAccount(workspaceId: string, name: string): AccountId {
  return `${workspaceId}/${name}`
}

export function readAccount(account: AccountId): { readonly workspaceId: string; readonly name: string } {
  const slash = account.indexOf('/')
  if (slash < 0) return { workspaceId: account, name: CREDITS }
  return { workspaceId: account.slice(0, slash), name: account.slice(slash + 1) }
}
