import { generationSchema, type Generation, type GenerationExposure } from '../../shared/queues/generations.queue.ts'
import { createId } from '../../shared/runtime/id.ts'
import { generationOf, type ControlPlaneHarness } from './control-plane-harness.ts'
import type { GraphqlClient } from './graphql-client.ts'

const FIELDS = `id name allocation { type weights { variantId weight } coverage } weightsVersion productionVariantId
  productionVersion promotions { type from to by } allocationChanges { cause weightsVersion } archivedAt
  unitMetadataKey captureRate evaluationRate`
const VARIANT = 'id name type model systemPrompt parameters routerId fingerprint archivedAt createdBy'

export interface ShownAbTest {
  readonly id: string
  readonly name: string
  readonly allocation: { readonly type: string; readonly weights: object[]; readonly coverage: number }
  readonly weightsVersion: number
  readonly productionVariantId: string | null
  readonly productionVersion: number
  readonly promotions: readonly object[]
  readonly allocationChanges: readonly object[]
  readonly archivedAt: string | null
}

export interface ShownVariant {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly model: string | null
  readonly routerId: string | null
  readonly archivedAt: string | null
  readonly createdBy: string | null
}

/** Mutations and queries of A/B tests, each with `workspaceId` and `abTestId` as its variables. */
export const AB_TESTS = {
  create: `mutation ($workspaceId: ID!, $input: CreateAbTestInput!) {
    createAbTest(workspaceId: $workspaceId, input: $input) { ${FIELDS} } }`,
  update: `mutation ($workspaceId: ID!, $abTestId: ID!, $input: UpdateAbTestInput!) {
    updateAbTest(workspaceId: $workspaceId, abTestId: $abTestId, input: $input) { ${FIELDS} } }`,
  archive: `mutation ($workspaceId: ID!, $abTestId: ID!) {
    archiveAbTest(workspaceId: $workspaceId, abTestId: $abTestId) { ${FIELDS} } }`,
  get: `query ($workspaceId: ID!, $abTestId: ID!) {
    abTest(workspaceId: $workspaceId, abTestId: $abTestId) { ${FIELDS} } }`,
  list: `query ($workspaceId: ID!, $first: Int! = 25, $after: String, $includeArchived: Boolean! = false) {
    abTests(workspaceId: $workspaceId, first: $first, after: $after, includeArchived: $includeArchived) {
      nodes { id name } pageInfo { hasNextPage endCursor } } }`,
  createVariant: `mutation ($workspaceId: ID!, $abTestId: ID!, $input: CreateVariantInput!) {
    createVariant(workspaceId: $workspaceId, abTestId: $abTestId, input: $input) { ${VARIANT} } }`,
  archiveVariant: `mutation ($workspaceId: ID!, $abTestId: ID!, $variantId: ID!) {
    archiveVariant(workspaceId: $workspaceId, abTestId: $abTestId, variantId: $variantId) { ${VARIANT} } }`,
  variants: `query ($workspaceId: ID!, $abTestId: ID!, $first: Int! = 25, $after: String, $includeArchived: Boolean! = false) {
    variants(workspaceId: $workspaceId, abTestId: $abTestId, first: $first, after: $after, includeArchived: $includeArchived) {
      nodes { ${VARIANT} } pageInfo { hasNextPage endCursor } } }`,
  promote: `mutation ($workspaceId: ID!, $abTestId: ID!, $variantId: ID!, $productionVersion: Int) {
    promoteVariant(workspaceId: $workspaceId, abTestId: $abTestId, variantId: $variantId, productionVersion: $productionVersion) {
      ${FIELDS} } }`,
  rollBack: `mutation ($workspaceId: ID!, $abTestId: ID!, $productionVersion: Int) {
    rollbackPromotion(workspaceId: $workspaceId, abTestId: $abTestId, productionVersion: $productionVersion) { ${FIELDS} } }`,
  allocate: `mutation ($workspaceId: ID!, $abTestId: ID!, $input: AllocationInput!) {
    setAllocation(workspaceId: $workspaceId, abTestId: $abTestId, input: $input) { ${FIELDS} } }`,
  compare: `query ($workspaceId: ID!, $abTestId: ID!, $metrics: [String!], $from: DateTimeISO, $to: DateTimeISO) {
    variantComparison(workspaceId: $workspaceId, abTestId: $abTestId, metrics: $metrics, from: $from, to: $to) {
      productionVariantId
      variants { variantId name isProduction calls units
        metrics { metric unit higherIsBetter count units mean standardError p50 p95
          difference { value relative lower upper } } } } }`,
} as const

export interface AbTestWorld {
  readonly workspaceId: string
  readonly abTestId: string
  readonly client: GraphqlClient
  /** The user whose client it is. */
  readonly userId: string
  /** The test as it is shown now. */
  shown(): Promise<ShownAbTest>
  /** What a mutation or query of AB_TESTS answers: the value of its only field. */
  run<Value>(query: string, variables?: object): Promise<Value>
  codeOf(query: string, variables?: object): Promise<string | null>
  variant(input: object): Promise<ShownVariant>
  variants(variables?: object): Promise<ShownVariant[]>
}

/** A workspace with an A/B test that has no variant yet. */
export async function createAbTestWorld(
  harness: ControlPlaneHarness,
  given: { readonly workspaceId: string; readonly client: GraphqlClient; readonly userId: string } | null = null,
): Promise<AbTestWorld> {
  const { workspaceId, client, userId } = given ?? (await newWorkspace(harness))
  const { createAbTest } = await client.run<{ createAbTest: ShownAbTest }>(AB_TESTS.create, {
    workspaceId,
    input: { name: 'Test' },
  })
  const abTestId = createAbTest.id
  const named = { workspaceId, abTestId }
  const run = async <Value>(query: string, variables: object = {}): Promise<Value> => {
    const [value] = Object.values(await client.run<Record<string, Value>>(query, { ...named, ...variables }))
    return value as Value
  }
  return {
    ...named,
    client,
    userId,
    run,
    shown: () => run<ShownAbTest>(AB_TESTS.get),
    codeOf: (query, variables = {}) => client.codeOf(query, { ...named, ...variables }),
    variant: (input) => run<ShownVariant>(AB_TESTS.createVariant, { input }),
    variants: async (variables) => (await run<{ nodes: ShownVariant[] }>(AB_TESTS.variants, variables)).nodes,
  }
}

async function newWorkspace(harness: ControlPlaneHarness) {
  const { id: workspaceId, owner } = await harness.workspace()
  return { workspaceId, client: owner.client, userId: owner.id }
}

/** The record of a call of an A/B test. */
export function exposedCall(
  { workspaceId, abTestId }: Pick<AbTestWorld, 'workspaceId' | 'abTestId'>,
  exposure: Partial<GenerationExposure> & { readonly variantId: string },
  fields: Partial<Generation> = {},
): Generation {
  const assigned: GenerationExposure = {
    abTestId,
    how: 'allocated',
    unitId: createId(),
    unitSource: 'user',
    propensity: 0.5,
    weightsVersion: 1,
    ...exposure,
  }
  return generationSchema.parse({ ...generationOf(workspaceId, fields), exposure: assigned })
}
