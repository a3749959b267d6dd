import type { Connection } from 'mongoose'
import type { BenchmarksReadModel } from './modules/benchmarks/index.ts'
import type { EvaluationsReadModel } from './modules/evaluations/index.ts'
import { createRoutingQualityModule, type QualitySources } from './modules/routing-quality/index.ts'
import type { WorkspacesReadModel } from './modules/workspaces/index.ts'
import type { SnapshotWriter } from './snapshot/request-publish.ts'
import type { Clock } from '../shared/runtime/clock.ts'

interface Deps {
  readonly connection: Connection
  readonly snapshots: SnapshotWriter
  readonly clock: Clock
}

interface Neighbours {
  readonly evaluations: EvaluationsReadModel
  readonly benchmarks: BenchmarksReadModel
  readonly workspaces: WorkspacesReadModel
}

/** Builds the module that learns from scores, and joins it to what measures. */
export function composeRoutingQuality({ connection, snapshots, clock }: Deps, neighbours: Neighbours) {
  return createRoutingQualityModule({ connection, snapshots, clock, sources: qualitySources(neighbours) })
}

function qualitySources({ evaluations, benchmarks, workspaces }: Neighbours): QualitySources {
  return {
    async isWanted(workspaceId) {
      return (await workspaces.snapshotSettings(workspaceId))?.routing.learnFromScores ?? false
    },
    metrics: evaluations.qualityMetrics,
    liveEvidence: evaluations.evidence,
    async hasScoresSince(workspaceId, abTestId, scoredFrom) {
      return (await evaluations.scoresGiven(workspaceId, abTestId, { scoredFrom, after: null, limit: 1 })).length > 0
    },
    async completedRuns(workspaceId, since, limit) {
      const runs = await benchmarks.completedRuns(workspaceId, since, limit)
      return runs.map(({ _id: id, endedAt, ...run }) => ({ ...run, id, endedAt: endedAt ?? since }))
    },
    runEvidence: async (workspaceId, runId) => benchmarks.runEvidence(await benchmarks.run(workspaceId, runId)),
  }
}
