import type { Allocation } from '../../../shared/ab-tests/ab-test-settings.ts'
import type { CallRecord } from './call-outcome.ts'
import type { ScoredMetric } from './measured-metrics.ts'

/** What analyses ask of other domains. */
export interface AnalysisSources {
  /** Calls of callers in a test, from an id on, by their ids. */
  callsFrom(
    workspaceId: string,
    abTestId: string,
    range: { from: string; limit: number },
  ): Promise<readonly CallRecord[]>
  callsByIds(workspaceId: string, generationIds: readonly string[]): Promise<readonly CallRecord[]>
  /** Scores of a test after a position, in the order in which they were given. */
  scoresFrom(workspaceId: string, abTestId: string, range: ScoreRange): Promise<readonly GivenScore[]>
  /** Scores of some calls by some metrics. */
  scoresOf(
    workspaceId: string,
    generationIds: readonly string[],
    metricIds: readonly string[],
  ): Promise<readonly GivenScore[]>
  /** The metrics of a test that are in use. */
  metricsOf(workspaceId: string, abTestId: string): Promise<readonly ScoredMetric[]>
  /** Throws when the workspace has no such A/B test. */
  abTest(workspaceId: string, abTestId: string): Promise<AnalysedTest>
  variantNames(workspaceId: string, abTestId: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
}

export interface ScoreRange {
  readonly scoredFrom: number
  /** The last one that was seen; null: none. */
  readonly after: { readonly scoredAt: number; readonly id: string } | null
  readonly limit: number
}

export interface GivenScore {
  readonly _id: string
  readonly generationId: string
  readonly metricId: string
  readonly value: number | null
  readonly scoredAt: number
}

export interface AnalysedTest {
  readonly _id: string
  readonly workspaceId: string
  readonly allocation: Allocation
  readonly allocationChanges: readonly { readonly allocation: Allocation; readonly weightsVersion: number }[]
  readonly productionVariantId: string | null
  readonly productionVersion: number
  readonly archivedAt: number | null
}
