import { planRun, type RunPlan } from './run-plan.ts'

export type CellOutcome = 'succeeded' | 'failed'

/** How far a run is. `done` = `succeeded` + `failed`. */
export interface RunProgressView {
  readonly total: number
  readonly done: number
  readonly succeeded: number
  readonly failed: number
  /** From 0 to 1; 1 as well for a run without cells. */
  readonly share: number
}

export interface RunProgress {
  /**
   * Counts a cell. The first outcome of a cell stands: telling it again, in whatever order, changes nothing.
   *
   * @returns whether it counted: false for a cell known before, and for one that is not of the run
   */
  mark(cellId: string, outcome: CellOutcome): boolean
  isDone(cellId: string): boolean
  view(): RunProgressView
}

/** Progress as the set of cells that are done: it is never lower than it was, whoever tells of a cell how often. */
export function createRunProgress(plan: RunPlan): RunProgress {
  const outcomes = new Map<string, CellOutcome | null>()
  for (const { id } of planRun(plan)) outcomes.set(id, null)
  const counts = { succeeded: 0, failed: 0 }

  const mark = (cellId: string, outcome: CellOutcome): boolean => {
    if (outcomes.get(cellId) !== null) return false
    outcomes.set(cellId, outcome)
    counts[outcome] += 1
    return true
  }

  const view = (): RunProgressView => {
    const total = outcomes.size
    const done = counts.succeeded + counts.failed
    return { total, done, ...counts, share: total === 0 ? 1 : done / total }
  }

  return { mark, isDone: (cellId) => (outcomes.get(cellId) ?? null) !== null, view }
}
