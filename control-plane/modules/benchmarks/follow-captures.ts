import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { countLeadingInstructions } from '../../../shared/ab-tests/system-prompt.ts'
import type { ChatMessage } from '../../../shared/llm/chat-request.ts'
import type { Generation } from '../../../shared/queues/generations.queue.ts'
import type { AddPrompts } from './add-prompts.ts'
import type { Benchmark } from './benchmark-documents.ts'
import { readPromptRow, type PromptRow } from './prompt-content.ts'

const TEST_PREFIX = 'test:'

interface Deps {
  readonly benchmarks: WorkspaceCollection<Benchmark>
  readonly addPrompts: AddPrompts
}

/** Adds prompts of live calls to the benchmarks that collect them. Again with the same records it changes nothing. */
export function createFollowCaptures({ benchmarks, addPrompts }: Deps) {
  return async (generations: readonly Generation[]): Promise<void> => {
    const wanted = generations.flatMap(capturesOf)
    for (const [workspaceId, ofWorkspace] of Map.groupBy(wanted, (capture) => capture.workspaceId)) {
      for (const [benchmarkId, captures] of Map.groupBy(ofWorkspace, (capture) => capture.benchmarkId)) {
        const [first] = captures
        const benchmark = first && (await findOrMake(workspaceId, benchmarkId, first.generation))
        if (!benchmark || benchmark.archivedAt !== null) continue
        const rows = captures.flatMap(({ generation }) => readCaptured(benchmark, generation))
        if (rows.length > 0) await addPrompts(benchmark, rows, 'capture')
      }
    }
  }

  async function findOrMake(
    workspaceId: string,
    benchmarkId: string,
    { exposure, startedAt }: Generation,
  ): Promise<Benchmark | null> {
    const found = await benchmarks.findOne(workspaceId, { _id: benchmarkId })
    if (found || exposure === null || benchmarkId !== testBenchmarkId(exposure.abTestId)) return found
    const { abTestId } = exposure
    const origin = { workspaceId, abTestId, createdAt: startedAt, createdBy: null }
    const made: Benchmark = { _id: benchmarkId, name: 'Captured prompts', redact: false, archivedAt: null, ...origin }
    await benchmarks.insertMissing([made])
    return made
  }
}

/** The benchmark that collects the prompts of an A/B test's callers. */
export function testBenchmarkId(abTestId: string): string {
  return `${TEST_PREFIX}${abTestId}`
}

/**
 * A conversation as variants are asked it: the instructions that it begins with are the variant's to say.
 *
 * @param messages untrusted
 */
export function withoutInstructions(messages: unknown): unknown {
  if (!Array.isArray(messages) || !messages.every(isObject)) return messages
  return messages.slice(countLeadingInstructions(messages as ChatMessage[]))
}

interface Capture {
  readonly workspaceId: string
  readonly benchmarkId: string
  readonly generation: Generation
}

function capturesOf(generation: Generation): Capture[] {
  const { workspaceId, purpose, kind, work } = generation
  if (purpose !== 'live' || kind !== 'chat' || !work) return []
  return [...new Set(work.captureFor)].map((benchmarkId) => ({ workspaceId, benchmarkId, generation }))
}

/** None where the call holds no prompt: it may have had instructions alone. */
function readCaptured({ _id, abTestId }: Benchmark, { work, exposure }: Generation): PromptRow[] {
  const isOfTest = exposure !== null && (_id.startsWith(TEST_PREFIX) || abTestId !== null)
  const messages = isOfTest ? withoutInstructions(work?.messages) : work?.messages
  const metadata = isObject(work?.metadata) ? work.metadata : null
  const read = readPromptRow({ messages, expected_output: work?.expectedOutput ?? null, metadata })
  return 'row' in read ? [read.row] : []
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
