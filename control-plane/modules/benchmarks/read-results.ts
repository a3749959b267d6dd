import { toPage, type Page, type PageRequest } from '../../api/page.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { promptIdOf } from './add-prompts.ts'
import type { BenchmarkRun, CellResult, RunBatch, StoredPrompt } from './benchmark-documents.ts'
import { CELLS_AT_ONCE } from './run-limits.ts'

/** What all variants made of one prompt. */
export interface PromptResults {
  /** Where the prompt stands in its run, from 0. */
  readonly place: number
  readonly prompt: StoredPrompt
  readonly results: readonly CellResult[]
}

interface Deps {
  readonly prompts: WorkspaceCollection<StoredPrompt>
  readonly batches: WorkspaceCollection<RunBatch>
  readonly results: WorkspaceCollection<CellResult>
}

/** Reads results prompt by prompt, in the run's order; a page begins after the prompt at the place `after`. */
export function createReadResults({ prompts, batches, results }: Deps) {
  return async (run: BenchmarkRun, { first, after }: PageRequest): Promise<Page<PromptResults>> => {
    const { _id: runId, workspaceId, benchmarkId, variantIds } = run
    const begin = after === null ? 0 : Number(after) + 1
    const each = Math.floor(CELLS_AT_ONCE / variantIds.length)
    const numbers = { $gte: Math.floor(begin / each), $lte: Math.floor((begin + first) / each) }
    const found = await batches.find(workspaceId, { runId, batch: numbers }, { sort: { batch: 1 } })
    const places = found.flatMap(({ batch, promptIds }) =>
      promptIds.map((promptId, index) => ({ promptId, place: batch * each + index })),
    )
    const wanted = places.filter(({ place }) => place >= begin).slice(0, first + 1)
    const ids = wanted.map(({ promptId }) => promptId)
    const [ofPage, rows] = await Promise.all([
      prompts.find(workspaceId, { _id: { $in: ids.map((id) => promptIdOf(benchmarkId, id)) } }),
      results.find(workspaceId, { runId, promptId: { $in: ids } }),
    ])
    const byId = new Map(ofPage.map((prompt) => [prompt._id, prompt]))
    const byPrompt = Map.groupBy(rows, (row) => row.promptId)
    const nodes = wanted.flatMap(({ promptId, place }) => {
      const prompt = byId.get(promptIdOf(benchmarkId, promptId))
      return prompt ? [{ place, prompt, results: byPrompt.get(promptId) ?? [] }] : []
    })
    return toPage(nodes, first)
  }
}
