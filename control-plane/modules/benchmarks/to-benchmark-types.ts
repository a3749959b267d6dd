import type { CallFilter } from './add-from-generations.ts'
import type { CallFilterInput } from './benchmarks.inputs.ts'
import type {
  Benchmark,
  BenchmarkRun,
  CellResult,
  PromptResults,
  RunCounts,
  StoredPrompt,
} from './benchmarks.read-model.ts'
import type { BenchmarkPromptType, BenchmarkType } from './benchmarks.types.ts'
import type { BenchmarkResultType, BenchmarkRunType, PromptResultsType } from './run-types.ts'

/** A benchmark in the API's words. */
export function toBenchmarkType({ _id, ...fields }: Benchmark, promptCount: number): BenchmarkType {
  return {
    ...fields,
    id: _id,
    promptCount,
    archivedAt: toDate(fields.archivedAt),
    createdAt: new Date(fields.createdAt),
  }
}

export function toPromptType(prompt: StoredPrompt): BenchmarkPromptType {
  const { _id: id, workspaceId, source, addedAt, messagesJson, expectedOutput, metadataJson } = prompt
  const content = { messages: parse(messagesJson), expectedOutput, metadata: parse(metadataJson) }
  return { id, workspaceId, source, addedAt: new Date(addedAt), ...content }
}

const NOTHING: RunCounts = { answered: 0, failed: 0, chargeNanodollars: 0 }

/** @param counts undefined: nothing is answered yet */
export function toRunType(run: BenchmarkRun, counts: RunCounts = NOTHING): BenchmarkRunType {
  const { _id, turn: _turn, cellCount, batchCount: _batchCount, ...fields } = run
  return {
    ...fields,
    id: _id,
    progress: { total: cellCount, done: counts.answered + counts.failed, ...counts },
    createdAt: new Date(run.createdAt),
    endedAt: toDate(run.endedAt),
  }
}

export function toPromptResultsType({ place, prompt, results }: PromptResults, run: BenchmarkRun): PromptResultsType {
  const byVariant = new Map(results.map((result) => [result.variantId, result]))
  const inOrder = run.variantIds.flatMap((id) => byVariant.get(id) ?? [])
  return { place, prompt: toPromptType(prompt), results: inOrder.map(toResultType) }
}

function toResultType({ answerJson, ...result }: CellResult): BenchmarkResultType {
  return { ...result, answer: parse(answerJson) }
}

function parse(json: string | null): unknown {
  return json === null ? null : (JSON.parse(json) as unknown)
}

function toDate(at: number | null): Date | null {
  return at === null ? null : new Date(at)
}

/** What a client left out or set to null is no condition. */
export function toCallFilter(input: CallFilterInput | null | undefined): CallFilter {
  const { from, to, ...equal } = input ?? {}
  const given = Object.entries(equal).filter(([, value]) => value !== null && value !== undefined)
  return {
    ...Object.fromEntries(given),
    ...(from ? { from: from.getTime() } : {}),
    ...(to ? { to: to.getTime() } : {}),
  }
}
