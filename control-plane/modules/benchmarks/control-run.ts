import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { BenchmarkRun, RunBatch, RunState } from './benchmark-documents.ts'
import { runNotFound, runStateConflict } from './benchmarks.errors.ts'
import { transitRun, type RunAction } from './run-transitions.ts'

export interface ControlRun {
  /** Calls under way end; no new ones begin. */
  pause(workspaceId: string, runId: string): Promise<BenchmarkRun>
  resume(workspaceId: string, runId: string): Promise<BenchmarkRun>
  /** Ends it for good. What was answered stays. */
  cancel(workspaceId: string, runId: string): Promise<BenchmarkRun>
  /** Hands out the work of runs again that a lost queue has forgotten. What is handed out already is not done twice. */
  revive(workspaceIds: readonly string[]): Promise<void>
}

/** The work of one job. */
export interface BatchPointer {
  readonly workspaceId: string
  readonly runId: string
  readonly batch: number
  /** The run's, when the work was handed out. */
  readonly turn: number
}

interface Deps {
  readonly runs: WorkspaceCollection<BenchmarkRun>
  readonly batches: WorkspaceCollection<RunBatch>
  readonly enqueueBatch: (pointer: BatchPointer) => Promise<void>
  readonly clock: Clock
}

export function createControlRun({ runs, batches, enqueueBatch, clock }: Deps): ControlRun {
  return {
    pause: (workspaceId, runId) => change(workspaceId, runId, 'pause'),

    async resume(workspaceId, runId) {
      const run = await change(workspaceId, runId, 'resume')
      await enqueueNext(run)
      return run
    },

    cancel: (workspaceId, runId) => change(workspaceId, runId, 'cancel'),

    async revive(workspaceIds) {
      for (const workspaceId of workspaceIds) {
        for (const run of await runs.find(workspaceId, { state: 'running' })) await enqueueNext(run)
      }
    },
  }

  async function enqueueNext({ _id: runId, workspaceId, turn, batchCount }: BenchmarkRun): Promise<void> {
    const [next] = await batches.find(workspaceId, { runId, doneAt: null }, { sort: { batch: 1 }, limit: 1 })
    // With nothing left the last one says that the run is complete.
    await enqueueBatch({ workspaceId, runId, turn, batch: next?.batch ?? batchCount - 1 })
  }

  async function change(workspaceId: string, runId: string, action: keyof typeof CHANGES): Promise<BenchmarkRun> {
    for (let tries = 1; ; tries += 1) {
      const run = await runs.findOne(workspaceId, { _id: runId })
      if (!run) throw runNotFound({}, { param: 'runId' })
      const { state } = run
      const next = transitRun(state, action)
      if (next.type === 'refused' || tries > MOST_TRIES) {
        throw runStateConflict({ wanted: CHANGES[action].word, state }, { param: 'runId' })
      }
      const endedAt = action === 'cancel' ? clock.now() : null
      const turn = run.turn + (action === 'resume' ? 1 : 0)
      const $set = { state: CHANGES[action].to, pausedBecause: null, endedAt, turn }
      const changed = await runs.update(workspaceId, { _id: runId, state, turn: run.turn }, { $set })
      if (changed) return changed
    }
  }
}

/** Somebody else changed the run at the same moment: it is looked at again. */
const MOST_TRIES = 5

const CHANGES = {
  pause: { to: 'paused', word: 'paused' },
  resume: { to: 'running', word: 'resumed' },
  cancel: { to: 'cancelled', word: 'cancelled' },
} as const satisfies Partial<Record<RunAction, { to: RunState; word: string }>>

/** The id of a run's batch. */
export function batchIdOf(runId: string, batch: number): string {
  return `${runId}:${batch}`
}
