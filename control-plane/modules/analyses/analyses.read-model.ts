import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { readPointValues, type PointValue } from './analysis-points.ts'
import type { AnalysisAction, AnalysisPoint } from './analysis-documents.ts'
import type { TestReference } from './counts-writer.ts'
import type { CurrentAnalysis, ReadAnalysis } from './read-analysis.ts'

export interface PointsQuery {
  readonly metricId: string
  /** The newest so many. */
  readonly last: number
}

export interface TimedPoint extends PointValue {
  readonly at: number
}

export interface AnalysesReadModel {
  /** A test as it stands, from what is counted of it. */
  current(reference: TestReference): Promise<CurrentAnalysis>
  /** What a metric showed over time, oldest first. */
  points(reference: TestReference, query: PointsQuery): Promise<TimedPoint[]>
  /** What was done about a test without a person, newest first. */
  actions(reference: TestReference): Promise<AnalysisAction[]>
}

interface Deps {
  readonly readAnalysis: ReadAnalysis
  readonly points: WorkspaceCollection<AnalysisPoint>
  readonly actions: WorkspaceCollection<AnalysisAction>
}

const MOST_ACTIONS = 100

export function createAnalysesReadModel({ readAnalysis, points, actions }: Deps): AnalysesReadModel {
  return {
    current: (reference) => readAnalysis(reference),

    async points({ workspaceId, abTestId }, { metricId, last }) {
      const found = await points.find(workspaceId, { abTestId }, { sort: { at: -1 }, limit: last })
      return found
        .toReversed()
        .flatMap((point) => readPointValues(point).map((value) => ({ ...value, at: point.at })))
        .filter((value) => value.metricId === metricId)
    },

    actions: ({ workspaceId, abTestId }) =>
      actions.find(workspaceId, { abTestId }, { sort: { _id: -1 }, limit: MOST_ACTIONS }),
  }
}
