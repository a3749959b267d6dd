import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { Benchmark, PromptSource, StoredPrompt } from './benchmark-documents.ts'
import { contentHash, type PromptRow } from './prompt-content.ts'
import { redactPrompt } from './redact-prompt.ts'

/** A run asks each of them of every variant. */
export const MOST_PROMPTS = 50_000

export interface AddedPrompts {
  readonly added: number
  /** Prompts that the benchmark had already, or that came more than once. */
  readonly duplicates: number
  /** Prompts that were left out: the benchmark holds as many as it may. */
  readonly refused: number
}

export interface AddPrompts {
  /** Adds prompts to a benchmark, each once, without personal data where the benchmark says so. */
  (benchmark: Benchmark, rows: readonly PromptRow[], source: PromptSource): Promise<AddedPrompts>
}

interface Deps {
  readonly prompts: WorkspaceCollection<StoredPrompt>
  readonly clock: Clock
  readonly createId: CreateId
  readonly mostPrompts?: number
}

export function createAddPrompts({ prompts, clock, createId, mostPrompts = MOST_PROMPTS }: Deps): AddPrompts {
  return async (benchmark, rows, source) => {
    const { _id: benchmarkId, workspaceId, redact } = benchmark
    const kept = rows.map((row) => (redact ? redactPrompt(row).row : row))
    const byId = new Map(kept.map((row) => [promptIdOf(benchmarkId, contentHash(row)), row]))
    const there = await prompts.aggregate(workspaceId, { _id: { $in: [...byId.keys()] } }, [{ $project: { _id: 1 } }])
    for (const { _id } of there) byId.delete(String(_id))
    const room = Math.max(0, mostPrompts - (await prompts.count(workspaceId, { benchmarkId })))
    const missing = [...byId]
    const documents = missing.slice(0, room).map(([id, row]) => toStored(id, row))
    const added = await prompts.insertMissing(documents)
    const refused = missing.length - documents.length
    return { added, duplicates: rows.length - added - refused, refused }

    function toStored(_id: string, { messages, expectedOutput, metadata }: PromptRow): StoredPrompt {
      return {
        _id,
        workspaceId,
        benchmarkId,
        position: createId(),
        messagesJson: JSON.stringify(messages),
        expectedOutput,
        metadataJson: metadata === null ? null : JSON.stringify(metadata),
        source,
        addedAt: clock.now(),
      }
    }
  }
}

export function promptIdOf(benchmarkId: string, hash: string): string {
  return `${benchmarkId}:${hash}`
}

/** The hash of its content, by which a prompt is known within its benchmark. */
export function contentHashOf(promptId: string): string {
  return promptId.slice(promptId.lastIndexOf(':') + 1)
}
