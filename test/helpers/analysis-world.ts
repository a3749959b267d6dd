import { ulid } from 'ulid'
import { createRandom, type Random } from '../../control-plane/modules/ab-tests/statistics/random.ts'
import type { Generation } from '../../shared/queues/generations.queue.ts'
import { generationOf, type ControlPlaneHarness } from './control-plane-harness.ts'
import type { GraphqlClient } from './graphql-client.ts'

export const ANALYSIS = `query ($workspaceId: ID!, $abTestId: ID!) {
  analysis(workspaceId: $workspaceId, abTestId: $abTestId) {
    baselineId
    settings { primaries { metricId smallestEffect scale } guardrails { metricId margin scale } alpha adaptive autoPause }
    metrics {
      metricId role unit higherIsBetter
      variants {
        variantId name units value standardError chanceToBeBest warnings
        comparison { pValue chanceToWin absolute { value lower upper } relative { value lower upper } }
      }
    }
    validity { calls contaminatedCalls units unitsInTwoVariants randomized adaptive sampleRatios { stage pValue } }
    decision { state sentence winnerId breachingIds findings { metric variantId verdict } }
    actions { id type variantIds reason rolledBackAt }
  }
}`
export const POINTS = `query ($workspaceId: ID!, $abTestId: ID!, $metricId: ID!) {
  analysisPoints(workspaceId: $workspaceId, abTestId: $abTestId, metricId: $metricId) {
    variantId units pValue relative { lower upper }
  }
}`
export const SETTINGS = `mutation ($workspaceId: ID!, $abTestId: ID!, $input: AnalysisSettingsInput!) {
  updateAnalysisSettings(workspaceId: $workspaceId, abTestId: $abTestId, input: $input) { adaptive autoPause alpha }
}`
export const ROLLBACK = `mutation ($workspaceId: ID!, $actionId: ID!) {
  rollbackAnalysisAction(workspaceId: $workspaceId, actionId: $actionId) { id rolledBackAt }
}`

export interface ShownAnalysis {
  readonly baselineId: string | null
  readonly metrics: readonly {
    readonly metricId: string
    readonly role: string
    readonly variants: readonly {
      readonly variantId: string
      readonly units: number
      readonly value: number | null
      readonly warnings: readonly string[]
      readonly comparison: {
        readonly pValue: number
        readonly chanceToWin: number | null
        readonly relative: { readonly value: number; readonly lower: number | null; readonly upper: number | null }
      } | null
    }[]
  }[]
  readonly validity: {
    readonly calls: number
    readonly contaminatedCalls: number
    readonly units: number
    readonly sampleRatios: readonly { readonly stage: string; readonly pValue: number }[]
    readonly adaptive: boolean
  }
  readonly decision: {
    readonly state: string
    readonly sentence: string
    readonly winnerId: string | null
    readonly breachingIds: readonly string[]
  }
  readonly actions: readonly { readonly id: string; readonly type: string; readonly variantIds: readonly string[] }[]
}

export interface AnalysisWorld {
  readonly workspaceId: string
  readonly abTestId: string
  readonly client: GraphqlClient
  /** The first is the production variant. */
  readonly variantIds: readonly string[]
  analysis(): Promise<ShownAnalysis>
  save(input: object): Promise<unknown>
  analyse(): Promise<void>
  weights(): Promise<readonly { variantId: string; weight: number }[]>
  weightsVersion(): Promise<number>
  ingest(generations: readonly Generation[]): Promise<void>
}

/** An A/B test with variants that share the traffic equally. */
export async function analysisWorld(harness: ControlPlaneHarness, variants = 2): Promise<AnalysisWorld> {
  const { id: workspaceId, owner } = await harness.workspace()
  const { abTests, analyses } = harness.controlPlane.modules
  const fields = { unitMetadataKey: null, captureRate: 0, evaluationRate: 0, createdBy: owner.id }
  const { _id: abTestId } = await abTests.service.create(workspaceId, { name: 'Test', ...fields })
  const reference = { workspaceId, abTestId }
  const variantIds: string[] = []
  for (let place = 0; place < variants; place += 1) {
    const identity = { gateway: 'simulator', model: `sim-${place}`, systemPrompt: null, parameters: {} } as const
    const definition = { type: 'model', ...identity } as const
    const name = `variant ${place}`
    const made = await abTests.service.createVariant({ ...reference, name, definition, createdBy: owner.id })
    variantIds.push(made._id)
  }
  const [production = ''] = variantIds
  await abTests.service.promote({ ...reference, variantId: production, seenVersion: null, by: owner.id })
  const weights = variantIds.map((variantId) => ({ variantId, weight: 1 / variants }))
  await abTests.service.setWeights({ ...reference, weights, cause: owner.id })
  return {
    ...reference,
    client: owner.client,
    variantIds,
    analysis: async () => (await owner.client.run<{ analysis: ShownAnalysis }>(ANALYSIS, reference)).analysis,
    save: (input) => owner.client.run(SETTINGS, { ...reference, input }),
    analyse: () => analyses.service.analyse(reference),
    async weights() {
      const { allocation } = await abTests.readModel.get(workspaceId, abTestId)
      return allocation.type === 'weights' ? allocation.weights : []
    },
    weightsVersion: async () => (await abTests.readModel.get(workspaceId, abTestId)).weightsVersion,
    async ingest(generations) {
      for (let start = 0; start < generations.length; start += 250) {
        await harness.controlPlane.modules.requestLogs.service.ingest(generations.slice(start, start + 250))
      }
    },
  }
}

interface Traffic {
  readonly units: number
  readonly seed: number
  /** What a unit's call of a variant is like. */
  readonly call: (place: number, random: Random) => Partial<Generation>
  readonly callsOfUnit?: number
  /** Which variant a unit gets. */
  readonly assign?: (unit: number) => number
}

/** Records of units that come one after the other, four a minute, in ids as of their times. */
export async function traffic(
  test: AnalysisWorld,
  { units, seed, call, callsOfUnit = 1, assign }: Traffic,
): Promise<Generation[]> {
  const random = createRandom(seed)
  const weightsVersion = await test.weightsVersion()
  const start = Date.now() - 10 * 86_400_000
  return Array.from({ length: units }, (_none, unit) =>
    Array.from({ length: callsOfUnit }, (_call, index) => {
      const place = assign ? assign(unit) : Math.floor(random.uniform() * test.variantIds.length)
      return { place: place % test.variantIds.length, unit, startedAt: start + unit * 15_000 + index }
    }),
  ).flatMap((calls) => {
    const { place = 0 } = calls[0] ?? {}
    return calls.map(({ unit, startedAt }) => {
      const fields = call(place, random)
      const exposure = {
        abTestId: test.abTestId,
        variantId: test.variantIds[place] ?? '',
        how: 'allocated' as const,
        unitId: `unit-${seed}-${unit}`,
        unitSource: 'metadata.user_id',
        propensity: 1 / test.variantIds.length,
        weightsVersion,
        contaminated: false,
        definition: null,
        ...fields.exposure,
      }
      return generationOf(test.workspaceId, { id: ulid(startedAt), startedAt, ...fields, exposure })
    })
  })
}
