import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { totalInputTokens, totalOutputTokens } from '../../../shared/llm/usage.ts'
import type { Generation } from '../../../shared/queues/generations.queue.ts'
import type { BenchmarkRun, CellResult } from './benchmark-documents.ts'

/** Longer answers are counted and scored as none: a result holds one answer, and a page holds many results. */
const LONGEST_ANSWER = 1_000_000

interface Deps {
  readonly runs: WorkspaceCollection<BenchmarkRun>
  readonly results: WorkspaceCollection<CellResult>
}

type CellCall = Generation & { readonly runCell: string }

/**
 * Writes the results of runs from the records of their calls, as the workers are brought them: so what was answered is
 * there whatever becomes of the worker that asked. Each call counts once, however often its record comes.
 */
export function createFollowResults({ runs, results }: Deps) {
  return async (generations: readonly Generation[]): Promise<void> => {
    const calls = generations.filter(isCellCall).filter((call) => isAnswer(call) || call.chargeNanodollars > 0)
    for (const [workspaceId, ofWorkspace] of Map.groupBy(calls, (call) => call.workspaceId)) {
      const opened = await openResults(workspaceId, ofWorkspace)
      for (const call of ofWorkspace) if (opened.has(call.runCell)) await addCall(results, call)
    }
  }

  /** Makes the rows of calls that belong to a run of the workspace; gives their ids. */
  async function openResults(workspaceId: string, calls: readonly CellCall[]): Promise<ReadonlySet<string>> {
    const cells = calls.flatMap(({ runCell, startedAt }) => {
      const cell = readCellId(runCell)
      return cell ? [emptyResult({ ...cell, _id: runCell, workspaceId, openedAt: startedAt })] : []
    })
    const named = [...new Set(cells.map(({ runId }) => runId))]
    const known = new Set((await runs.find(workspaceId, { _id: { $in: named } })).map(({ _id }) => _id))
    const missing = cells.filter(({ runId }) => known.has(runId))
    await results.insertMissing(missing)
    return new Set(missing.map(({ _id }) => _id))
  }
}

type ResultKey = Pick<CellResult, '_id' | 'workspaceId' | 'runId' | 'promptId' | 'variantId' | 'openedAt'>

/** The row of a cell of which nothing is known but that it was tried. */
export function emptyResult(key: ResultKey): CellResult {
  return {
    ...key,
    outcome: null,
    errorCode: null,
    chargeNanodollars: 0,
    callIds: [],
    generationId: null,
    costNanodollars: null,
    latencyMs: null,
    timeToFirstTokenMs: null,
    inputTokens: null,
    outputTokens: null,
    finishReason: null,
    answerJson: null,
    scores: [],
    tries: 0,
  }
}

/** Reads the id of a cell back, as plans of runs make it; null: it is none. */
function readCellId(id: string): Pick<CellResult, 'runId' | 'promptId' | 'variantId'> | null {
  const [runId, variantId, promptId, ...others] = id.split(':')
  if (!runId || !variantId || !promptId || others.length > 0) return null
  return { runId, variantId, promptId }
}

function isCellCall(generation: Generation): generation is CellCall {
  return generation.purpose === 'benchmark' && generation.runCell !== null
}

/** As the data plane decides whether a cell was answered: also where nobody was left to hear it. */
function isAnswer({ status, errorCode, work }: Generation): boolean {
  if (status === 'succeeded') return true
  return status === 'cancelled' && errorCode === null && work?.answer !== undefined && work.answer !== null
}

async function addCall(results: WorkspaceCollection<CellResult>, call: CellCall): Promise<void> {
  const { id, workspaceId, runCell, chargeNanodollars } = call
  const notCounted = { _id: runCell, callIds: { $ne: id } }
  const counted = { $inc: { chargeNanodollars }, $push: { callIds: id } }
  await results.update(workspaceId, notCounted, isAnswer(call) ? { ...counted, $set: answerOf(call) } : counted)
}

function answerOf(call: CellCall) {
  const { id, model, usage, work, finishReason, costNanodollars, latencyMs, timeToFirstTokenMs } = call
  const answerJson = work?.answer === undefined || work.answer === null ? null : JSON.stringify(work.answer)
  return {
    outcome: 'answered',
    errorCode: null,
    generationId: id,
    model,
    costNanodollars,
    latencyMs,
    timeToFirstTokenMs,
    ...tokensOf(usage),
    finishReason,
    answerJson: answerJson !== null && answerJson.length > LONGEST_ANSWER ? null : answerJson,
  }
}

function tokensOf(usage: Generation['usage']): Pick<CellResult, 'inputTokens' | 'outputTokens'> {
  if (usage === null) return { inputTokens: null, outputTokens: null }
  return { inputTokens: totalInputTokens(usage), outputTokens: totalOutputTokens(usage) }
}
