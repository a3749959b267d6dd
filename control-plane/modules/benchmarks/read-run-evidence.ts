import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { classifyMessages } from '../../../shared/llm/classify-messages.ts'
import type { TaskClass } from '../../../shared/llm/routing-vocabulary.ts'
import { promptIdOf } from './add-prompts.ts'
import type { BenchmarkRun, CellResult, StoredPrompt } from './benchmark-documents.ts'

/** What one metric said of one model at one class of task in a run: sums over its scores. */
export interface RunEvidenceCell {
  readonly metricId: string
  readonly modelId: string
  readonly taskClass: TaskClass
  readonly count: number
  readonly sum: number
  readonly sumOfSquares: number
}

interface Deps {
  readonly prompts: WorkspaceCollection<StoredPrompt>
  readonly results: WorkspaceCollection<CellResult>
}

type ScoredResult = Required<Pick<CellResult, 'promptId' | 'model' | 'scores'>>

/** Prompts that are in memory at a time: each may be long. */
const PROMPTS_AT_ONCE = 200

/**
 * What a run teaches of models: they were all asked the same prompts. A prompt that has gone from its benchmark since
 * teaches nothing, for its class of task is not known any more.
 */
export function createReadRunEvidence({ prompts, results }: Deps) {
  return async ({ _id: runId, workspaceId, benchmarkId }: BenchmarkRun): Promise<RunEvidenceCell[]> => {
    const cells = new Map<string, Tally>()
    const scored = await readScored(workspaceId, runId)
    const hashes = [...new Set(scored.map(({ promptId }) => promptId))]
    const byPrompt = Map.groupBy(scored, ({ promptId }) => promptId)
    for (let first = 0; first < hashes.length; first += PROMPTS_AT_ONCE) {
      const ofChunk = new Map(
        hashes.slice(first, first + PROMPTS_AT_ONCE).map((hash) => [promptIdOf(benchmarkId, hash), hash]),
      )
      for (const { _id, messagesJson } of await prompts.find(workspaceId, { _id: { $in: [...ofChunk.keys()] } })) {
        const taskClass = classifyMessages(JSON.parse(messagesJson), null)
        for (const result of byPrompt.get(ofChunk.get(_id) ?? '') ?? []) addResult(cells, result, taskClass)
      }
    }
    return [...cells.values()]
  }

  async function readScored(workspaceId: string, runId: string): Promise<ScoredResult[]> {
    const stages = [{ $project: { _id: 0, promptId: 1, model: 1, 'scores.metricId': 1, 'scores.value': 1 } }]
    return (await results.aggregate(workspaceId, { runId, outcome: 'answered' }, stages)) as unknown as ScoredResult[]
  }
}

type Tally = { -readonly [Field in keyof RunEvidenceCell]: RunEvidenceCell[Field] }

function addResult(cells: Map<string, Tally>, { model, scores }: ScoredResult, taskClass: TaskClass): void {
  if (!model) return
  for (const { metricId, value } of scores) {
    if (value === null || !Number.isFinite(value)) continue
    const key = `${metricId} ${taskClass} ${model}`
    const tally = cells.get(key) ?? { metricId, modelId: model, taskClass, count: 0, sum: 0, sumOfSquares: 0 }
    tally.count += 1
    tally.sum += value
    tally.sumOfSquares += value * value
    cells.set(key, tally)
  }
}
