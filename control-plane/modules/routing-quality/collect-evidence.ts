import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { RunEvidence } from './quality-documents.ts'
import { WINDOW_DAYS, type MetricEvidence } from './quality-evidence.ts'
import type { CompletedRun, QualitySources, RunCell, TestMetric } from './quality-sources.ts'

interface Deps {
  readonly sources: QualitySources
  readonly runs: WorkspaceCollection<RunEvidence>
}

export const DAY_MS = 24 * 3_600_000
/** As many as four tests may have. */
export const MOST_METRICS = 200
/** Of one metric; from some hundreds on a mean hardly changes. */
const MOST_SCORES = 20_000
const MOST_RUNS = 20

/**
 * Reads what there is to learn from: bounded work however much a workspace measures. Of the runs of a benchmark with a
 * test the newest one counts, for the others asked the same prompts; what a run teaches is worked out once.
 */
export function createCollectEvidence({ sources, runs }: Deps) {
  return async (workspaceId: string, now: number): Promise<MetricEvidence[]> => {
    const since = now - WINDOW_DAYS * DAY_MS
    const metrics = await sources.metrics(workspaceId, MOST_METRICS)
    if (metrics.length === 0) return []
    const live: MetricEvidence[] = []
    for (const metric of metrics) {
      const cells = await sources.liveEvidence(workspaceId, { metric, since, limit: MOST_SCORES })
      live.push({ source: { type: 'ab-test', id: metric.abTestId }, metric, cells })
    }
    const ofRuns: MetricEvidence[] = []
    for (const run of newestOfEach(await sources.completedRuns(workspaceId, since, MOST_RUNS))) {
      ofRuns.push(...evidenceOfRun(run, metrics, await cellsOf(workspaceId, run)))
    }
    return [...live, ...ofRuns]
  }

  async function cellsOf(workspaceId: string, { id, endedAt }: CompletedRun): Promise<readonly RunCell[]> {
    const known = await runs.findOne(workspaceId, { _id: id })
    if (known) return JSON.parse(known.cells) as RunCell[]
    const cells = await sources.runEvidence(workspaceId, id)
    const expiresAt = new Date(endedAt + (WINDOW_DAYS + 1) * DAY_MS)
    await runs.insertMissing([{ _id: id, workspaceId, cells: JSON.stringify(cells), expiresAt }])
    return cells
  }
}

/** @param runs newest first */
function newestOfEach(runs: readonly CompletedRun[]): CompletedRun[] {
  const seen = new Set<string>()
  return runs.filter(({ benchmarkId, abTestId }) => {
    const key = `${benchmarkId} ${abTestId}`
    return !seen.has(key) && seen.add(key)
  })
}

function evidenceOfRun(run: CompletedRun, metrics: readonly TestMetric[], cells: readonly RunCell[]): MetricEvidence[] {
  const byMetric = Map.groupBy(cells, ({ metricId }) => metricId)
  const day = Math.floor(run.endedAt / DAY_MS)
  return metrics.flatMap((metric) => {
    const own = byMetric.get(metric.id)
    if (!own) return []
    const source = { type: 'benchmark-run', id: run.id } as const
    return [{ source, metric, cells: own.map((cell) => ({ ...cell, day })) }]
  })
}
