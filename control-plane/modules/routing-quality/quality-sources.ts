import type { EvidenceCell, EvidenceMetric } from './quality-evidence.ts'

/** What learning asks of other domains. */
export interface QualitySources {
  /** Whether the workspace wants `auto` to go by its scores. */
  isWanted(workspaceId: string): Promise<boolean>
  /** The metrics in use that measure quality, newest first. */
  metrics(workspaceId: string, limit: number): Promise<readonly TestMetric[]>
  /** Sums of a metric's latest live scores, of calls that chance gave their variant. */
  liveEvidence(workspaceId: string, request: LiveRequest): Promise<readonly EvidenceCell[]>
  /** Whether an answer of a test was scored at that time (ms) or later. */
  hasScoresSince(workspaceId: string, abTestId: string, since: number): Promise<boolean>
  /** Runs of benchmarks that were completed at that time (ms) or later, newest first. */
  completedRuns(workspaceId: string, since: number, limit: number): Promise<readonly CompletedRun[]>
  /** Sums of the scores of a run. */
  runEvidence(workspaceId: string, runId: string): Promise<readonly RunCell[]>
}

export interface TestMetric extends EvidenceMetric {
  readonly abTestId: string
}

export interface LiveRequest {
  readonly metric: TestMetric
  /** Of calls that began then or later, ms. */
  readonly since: number
  readonly limit: number
}

export interface CompletedRun {
  readonly id: string
  readonly benchmarkId: string
  readonly abTestId: string
  readonly endedAt: number
}

export interface RunCell extends Omit<EvidenceCell, 'day'> {
  readonly metricId: string
}
