import { ask } from './ask.ts'
import type { ServedWorkspace } from './running-signalbox.ts'

/** What tests ask of the A/B tests of a running Signalbox, as its admin. */

/** Makes or changes something that belongs to the workspace. */
export async function change<Data>(
  workspace: ServedWorkspace,
  mutation: string,
  { type, input, shown = 'id' }: { readonly type: string; readonly input: object; readonly shown?: string },
): Promise<Data> {
  const data = await ask<{ [name: string]: Data }>(
    workspace,
    `mutation($workspaceId: ID!, $input: ${type}!) { ${mutation}(workspaceId: $workspaceId, input: $input) { ${shown} } }`,
    { input },
  )
  return data[mutation] as Data
}

/** Makes or changes something that belongs to an A/B test. */
export async function changeTest<Data>(
  workspace: ServedWorkspace,
  mutation: string,
  asked: { readonly abTestId: string; readonly type: string; readonly input: object; readonly shown?: string },
): Promise<Data> {
  const { abTestId, type, input, shown = 'id' } = asked
  const data = await ask<{ [name: string]: Data }>(
    workspace,
    `mutation($workspaceId: ID!, $abTestId: ID!, $input: ${type}!) {
      ${mutation}(workspaceId: $workspaceId, abTestId: $abTestId, input: $input) { ${shown} }
    }`,
    { abTestId, input },
  )
  return data[mutation] as Data
}

interface Variant {
  readonly model: string
  readonly parameters?: object
}

/** Makes an A/B test of two variants, the first in production, each of which gets half of the users. */
export async function makeHalves(
  workspace: ServedWorkspace,
  { name, variants }: { readonly name: string; readonly variants: readonly [Variant, Variant] },
): Promise<{ readonly abTestId: string; readonly variantIds: readonly [string, string] }> {
  const { id: abTestId } = await change<{ id: string }>(workspace, 'createAbTest', {
    type: 'CreateAbTestInput',
    input: { name },
  })
  const make = async ({ model, parameters = {} }: Variant): Promise<string> => {
    const asked = { abTestId, type: 'CreateVariantInput', input: { model, parameters } }
    return (await changeTest<{ id: string }>(workspace, 'createVariant', asked)).id
  }
  const variantIds = [await make(variants[0]), await make(variants[1])] as const
  await ask(
    workspace,
    `mutation($workspaceId: ID!, $abTestId: ID!, $variantId: ID!) {
      promoteVariant(workspaceId: $workspaceId, abTestId: $abTestId, variantId: $variantId) { id }
    }`,
    { abTestId, variantId: variantIds[0] },
  )
  const weights = variantIds.map((variantId) => ({ variantId, weight: 0.5 }))
  await changeTest(workspace, 'setAllocation', {
    abTestId,
    type: 'AllocationInput',
    input: { type: 'weights', weights },
  })
  return { abTestId, variantIds }
}

/** Makes a metric of an A/B test and gives its id. */
export async function makeMetric(
  workspace: ServedWorkspace,
  input: { readonly abTestId: string; readonly name: string; readonly kind: string; readonly direction?: string },
): Promise<string> {
  const made = await change<{ id: string }>(workspace, 'createMetric', { type: 'CreateMetricInput', input })
  return made.id
}

export interface TestRecord {
  readonly id: string
  readonly latencyMs: number
  readonly cost: number
  readonly exposure: { readonly abTestId: string; readonly variantId: string; readonly unitId: string }
}

/** The records of an A/B test's calls, newest first. */
export async function recordsOf(workspace: ServedWorkspace, abTestId: string): Promise<TestRecord[]> {
  const query = `query($workspaceId: ID!, $after: String) {
    generations(workspaceId: $workspaceId, first: 100, after: $after) {
      nodes { id latencyMs cost exposure { abTestId variantId unitId } } pageInfo { hasNextPage endCursor }
    }
  }`
  const all = await readAll<TestRecord & { exposure: TestRecord['exposure'] | null }>(workspace, 'generations', {
    query,
  })
  return all.filter(({ exposure }) => exposure?.abTestId === abTestId)
}

/** What a metric gave each call. */
export async function scoresOf(workspace: ServedWorkspace, metricId: string): Promise<Map<string, number>> {
  const query = `query($workspaceId: ID!, $after: String, $filter: ScoreFilterInput) {
    scores(workspaceId: $workspaceId, first: 100, after: $after, filter: $filter) {
      nodes { generationId value } pageInfo { hasNextPage endCursor }
    }
  }`
  const asked = { query, variables: { filter: { metricId } } }
  const all = await readAll<{ generationId: string; value: number }>(workspace, 'scores', asked)
  return new Map(all.map(({ generationId, value }) => [generationId, value]))
}

interface Connection<Node> {
  readonly nodes: readonly Node[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

async function readAll<Node>(
  workspace: ServedWorkspace,
  field: string,
  { query, variables = {} }: { readonly query: string; readonly variables?: object },
): Promise<Node[]> {
  const nodes: Node[] = []
  for (let after: string | null = null; ;) {
    const answer: { [name: string]: Connection<Node> } = await ask(workspace, query, { ...variables, after })
    const page: Connection<Node> | undefined = answer[field]
    if (!page) throw new Error(`no ${field} came`)
    nodes.push(...page.nodes)
    after = page.pageInfo.endCursor
    if (!page.pageInfo.hasNextPage) return nodes
  }
}
