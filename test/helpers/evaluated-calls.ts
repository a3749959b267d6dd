import type { Generation } from '../../shared/queues/generations.queue.ts'
import { generationOf, type ControlPlaneHarness, type TestUser } from './control-plane-harness.ts'

export interface EvaluatedTest {
  readonly workspaceId: string
  readonly abTestId: string
  readonly owner: TestUser
}

/** A workspace with an A/B test. */
export async function evaluatedTest(harness: ControlPlaneHarness): Promise<EvaluatedTest> {
  const { id: workspaceId, owner } = await harness.workspace()
  const settings = { name: 'Test', unitMetadataKey: null, captureRate: 0, evaluationRate: 1, createdBy: owner.id }
  const made = await harness.controlPlane.modules.abTests.service.create(workspaceId, settings)
  return { workspaceId, abTestId: made._id, owner }
}

interface CallFields {
  readonly text?: string
  readonly expectedOutput?: string | null
  readonly variantId?: string
  readonly unitId?: string
}

/** The record of an answered call of the test, with what evaluators need of it. */
export function evaluatedCall(
  { workspaceId, abTestId }: Pick<EvaluatedTest, 'workspaceId' | 'abTestId'>,
  { text = 'Paris', expectedOutput = 'Paris', variantId = 'variant-a', unitId = 'unit-1' }: CallFields = {},
  fields: Partial<Generation> = {},
): Generation {
  return generationOf(workspaceId, {
    exposure: {
      abTestId,
      variantId,
      how: 'requested',
      unitId,
      unitSource: 'user',
      propensity: 1,
      weightsVersion: 0,
      contaminated: false,
      definition: null,
    },
    work: {
      expectedOutput,
      evaluate: true,
      captureFor: [],
      messages: [{ role: 'user', content: 'What is the capital of France?' }],
      answer: { role: 'assistant', content: text },
    },
    ...fields,
  })
}

export const CREATE_METRIC = `mutation ($workspaceId: ID!, $input: CreateMetricInput!) {
  createMetric(workspaceId: $workspaceId, input: $input) { id name kind direction samplingRate settings archivedAt }
}`

/** Makes a metric of the test and gives its id. */
export async function createMetric({ workspaceId, abTestId, owner }: EvaluatedTest, input: object): Promise<string> {
  const variables = { workspaceId, input: { abTestId, ...input } }
  const { createMetric: made } = await owner.client.run<{ createMetric: { id: string } }>(CREATE_METRIC, variables)
  return made.id
}

export interface ShownScore {
  readonly generationId: string
  readonly variantId: string
  readonly metricName: string
  readonly value: number | null
  readonly reason: string | null
  readonly source: string
}

const SCORES = `query ($workspaceId: ID!, $first: Int!, $after: String, $filter: ScoreFilterInput) {
  scores(workspaceId: $workspaceId, first: $first, after: $after, filter: $filter) {
    nodes { generationId variantId metricName value reason source }
    pageInfo { hasNextPage endCursor }
  }
}`

/** Every score of a test that matches, but for those of the metric that every test has. */
export async function scoresOf({ workspaceId, abTestId, owner }: EvaluatedTest, filter = {}): Promise<ShownScore[]> {
  const found: ShownScore[] = []
  let after: string | undefined
  for (;;) {
    const variables = { workspaceId, first: 100, after, filter: { abTestId, ...filter } }
    const { scores } = await owner.client.run<{
      scores: { nodes: ShownScore[]; pageInfo: { hasNextPage: boolean; endCursor: string } }
    }>(SCORES, variables)
    found.push(...scores.nodes)
    if (!scores.pageInfo.hasNextPage) break
    after = scores.pageInfo.endCursor
  }
  return found.filter(({ metricName }) => metricName !== 'refusal_rate')
}
