import type { ServedWorkspace } from './running-signalbox.ts'

/** One GraphQL question to a running Signalbox, as its admin. */
export async function ask<Data>(workspace: ServedWorkspace, query: string, variables: object = {}): Promise<Data> {
  const response = await fetch(workspace.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${workspace.adminToken}` },
    body: JSON.stringify({ query, variables: { workspaceId: workspace.workspaceId, ...variables } }),
  })
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown }
  if (errors) throw new Error(JSON.stringify(errors))
  return data
}

export interface Account {
  readonly balanceNanodollars: number | null
  readonly reservedNanodollars: number | null
  readonly ledgerNanodollars: number
}

export async function readAccount(workspace: ServedWorkspace): Promise<Account> {
  const { balance } = await ask<{ balance: Account }>(
    workspace,
    'query($workspaceId: ID!) { balance(workspaceId: $workspaceId) { balanceNanodollars reservedNanodollars ledgerNanodollars } }',
  )
  return balance
}

export interface Call {
  readonly id: string
  readonly status: string
  readonly costNanodollars: number
  readonly chargeNanodollars: number
}

/** Every generation of the workspace workspace, newest first. */
export async function readCalls(workspace: ServedWorkspace): Promise<Call[]> {
  const calls: Call[] = []
  let after: string | null = null
  for (;;) {
    const page: Page = await ask<Page>(workspace, PAGE, { after })
    calls.push(...page.generations.nodes)
    after = page.generations.pageInfo.endCursor
    if (!page.generations.pageInfo.hasNextPage) return calls
  }
}

interface Page {
  readonly generations: {
    readonly nodes: readonly Call[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
  }
}

const PAGE = `query($workspaceId: ID!, $after: String) {
  generations(workspaceId: $workspaceId, first: 100, after: $after) {
    nodes { id status costNanodollars chargeNanodollars }
    pageInfo { hasNextPage endCursor }
  }
}`
