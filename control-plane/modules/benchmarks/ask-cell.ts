import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { BenchmarkRun, CellResult, StoredPrompt } from './benchmark-documents.ts'
import type { CallCell, CellOutcome } from './call-cell.ts'
import { emptyResult } from './follow-results.ts'
import type { PlannedCell } from './run-plan.ts'

export interface AskedCell {
  readonly cell: PlannedCell
  readonly prompt: StoredPrompt
  /** What is known of it; null: nothing. */
  readonly result: CellResult | null
}

interface Deps {
  readonly runs: WorkspaceCollection<BenchmarkRun>
  readonly results: WorkspaceCollection<CellResult>
  readonly callCell: CallCell
  readonly clock: Clock
}

/** Failures after which a cell is given up. */
const MOST_TRIES = 8
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
/** A cell that is taken is asked, or its record is on its way: longer than the longest call nobody waits for it. */
const GIVE_UP_MS = 1_800_000
const TAKEN_PAUSE_MS = 250

/**
 * Asks for one cell and keeps what went wrong. Gives how long to wait, in ms, before it is looked at again; null: its
 * result is on its way, or it failed for good.
 */
export function createAskCell({ runs, results, callCell, clock }: Deps) {
  return async (run: BenchmarkRun, { cell, prompt, result }: AskedCell): Promise<number | null> => {
    const { workspaceId, abTestId } = run
    const outcome = await callCell({ workspaceId, abTestId, cell, prompt })
    if (outcome.type === 'answered') return null
    const known = result ?? (await open(run, cell))
    switch (outcome.type) {
      case 'taken':
        return isTooLate(known) ? giveUp(known, 'answer_lost') : TAKEN_PAUSE_MS
      case 'later':
        return isTooLate(known) ? giveUp(known, 'rate_limited') : Math.min(LONGEST_PAUSE_MS, outcome.waitMs)
      case 'no-credits':
        return pauseRun(run)
      case 'failed':
        return afterFailure(known, outcome)
      default:
        return outcome satisfies never
    }
  }

  async function open(
    { _id: runId, workspaceId }: BenchmarkRun,
    { id, promptId, variantId }: PlannedCell,
  ): Promise<CellResult> {
    const row = emptyResult({ _id: id, workspaceId, runId, promptId, variantId, openedAt: clock.now() })
    await results.insertMissing([row])
    return row
  }

  function isTooLate({ openedAt }: CellResult): boolean {
    return clock.now() - openedAt > GIVE_UP_MS
  }

  async function afterFailure(
    known: CellResult,
    { code, isTransient }: Extract<CellOutcome, { type: 'failed' }>,
  ): Promise<number | null> {
    const tries = known.tries + 1
    if (!isTransient || tries >= MOST_TRIES) return giveUp(known, code)
    const open = { _id: known._id, outcome: null }
    await results.update(known.workspaceId, open, { $set: { errorCode: code, tries } })
    return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1))
  }

  /** Unless the answer came meanwhile; one that comes later takes the failure's place. */
  async function giveUp({ _id, workspaceId, tries }: CellResult, errorCode: string): Promise<null> {
    const failed = { $set: { outcome: 'failed', errorCode, tries: tries + 1 } }
    await results.update(workspaceId, { _id, outcome: null }, failed)
    return null
  }

  async function pauseRun({ _id, workspaceId }: BenchmarkRun): Promise<number> {
    const paused = { $set: { state: 'paused', pausedBecause: 'insufficient_credits' } }
    await runs.update(workspaceId, { _id, state: 'running' }, paused)
    return FIRST_PAUSE_MS
  }
}
