import { ask } from './ask.ts'
import type { Demo } from './running-signalbox.ts'

/** What tests ask of the A/B tests of a running Signalbox, as its admin. */

/** Makes or changes something that belongs to the workspace. */
export async function change<Data>(
  demo: Demo,
  mutation: string,
  { type, input, shown = 'id' }: { readonly type: string; readonly input: object; readonly shown?: string },
): Promise<Data> {
  const data = await ask<{ [name: string]: Data }>(
    demo,
    `mutation($workspaceId: ID!, $input: ${type}!) { ${mutation}(workspaceId: $workspaceId, input: $input) { ${shown} } }`,
    { input },
  )
  return data[mutation] as Data
}

/** Makes or changes something that belongs to an A/B test. */
export async function changeTest<Data>(
  demo: Demo,
  mutation: string,
  asked: { readonly abTestId: string; readonly type: string; readonly input: object; readonly shown?: string },
): Promise<Data> {
  const { abTestId, type, input, shown = 'id' } = asked
  const data = await ask<{ [name: string]: Data }>(
    demo,
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
  demo: Demo,
  { name, variants }: { readonly name: string; readonly variants: readonly [Variant, Variant] },
): Promise<{ readonly abTestId: string; readonly variantIds: readonly [string, string] }> {
  const { id: abTestId } = await change<{ id: string }>(demo, 'createAbTest', {
    type: 'CreateAbTestInput',
    input: { name },
  })
  const make = async ({ model, parameters = {} }: Variant): Promise<string> => {
    const asked = { abTestId, type: 'CreateVariantInput', input: { model, parameters } }
    return (await changeTest<{ id: string }>(demo, 'createVariant', asked)).id
  }
  const variantIds = [await make(variants[0]), await make(variants[1])] as const
  await ask(
    demo,
    `mutation($workspaceId: ID!, $abTestId: ID!, $variantId: ID!) {
      promoteVariant(workspaceId: $workspaceId, abTestId: $abTestId, variantId: $variantId) { id }
    }`,
    { abTestId, variantId: variantIds[0] },
  )
  const weights = variantIds.map((variantId) => ({ variantId, weight: 0.5 }))
  await changeTest(demo, 'setAllocation', { abTestId, type: 'AllocationInput', input: { type: 'weights', weights } })
  return { abTestId, variantIds }
}

/** Makes a metric of an A/B test and gives its id. */
export async function makeMetric(
  demo: Demo,
  input: { readonly abTestId: string; readonly name: string; readonly kind: string; readonly direction?: string },
): Promise<string> {
  const made = await change<{ id: string }>(demo, 'createMetric', { type: 'CreateMetricInput', input })
  return made.id
}

export interface TestRecord {
  readonly id: string
  readonly latencyMs: number
  readonly cost: number
  readonly exposure: { readonly abTestId: string; readonly variantId: string; readonly unitId: string }
}

/** The records of an A/B test's calls, newest first. */
export async function recordsOf(demo: Demo, abTestId: string): Promise<TestRecord[]> {
  const query = `query($workspaceId: ID!, $after: String) {
    generations(workspaceId: $workspaceId, first: 100, after: $after) {
      nodes { id latencyMs cost exposure { abTestId variantId unitId } } pageInfo { hasNextPage endCursor }
    }
  }`
  const all = await readAll<TestRecord & { exposure: TestRecord['exposure'] | null }>(demo, 'generations', { query })
  return all.filter(({ exposure }) => exposure?.abTestId === abTestId)
}

/** What a metric gave each call. */
export async function scoresOf(demo: Demo, metricId: string): Promise<Map<string, number>> {
  const query = `query($workspaceId: ID!, $after: String, $filter: ScoreFilterInput) {
    scores(workspaceId: $workspaceId, first: 100, after: $after, filter: $filter) {
      nodes { generationId value } pageInfo { hasNextPage endCursor }
    }
  }`
  const asked = { query, variables: { filter: { metricId } } }
  const all = await readAll<{ generationId: string; value: number }>(demo, 'scores', asked)
  return new Map(all.map(({ generationId, value }) => [generationId, value]))
}

interface Connection<Node> {
  readonly nodes: readonly Node[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

async function readAll<Node>(
  demo: Demo,
  field: string,
  { query, variables = {} }: { readonly query: string; readonly variables?: object },
): Promise<Node[]> {
  const nodes: Node[] = []
  for (let after: string | null = null; ;) {
    const answer: { [name: string]: Connection<Node> } = await ask(demo, query, { ...variables, after })
    const page: Connection<Node> | undefined = answer[field]
    if (!page) throw new Error(`no ${field} came`)
    nodes.push(...page.nodes)
    after = page.pageInfo.endCursor
    if (!page.pageInfo.hasNextPage) return nodes
  }
}
