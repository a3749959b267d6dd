import type { AddPrompts } from './add-prompts.ts'
import type { Benchmark } from './benchmark-documents.ts'
import { withoutInstructions } from './follow-captures.ts'
import { readPromptRow, type PromptRow } from './prompt-content.ts'

/** Which calls are looked at, the newest first. What is left out is not asked for. */
export interface CallFilter {
  readonly model?: string
  readonly requestedModel?: string
  readonly gateway?: string
  readonly keyId?: string
  /** When the call began, ms: from here on, and before `to`. */
  readonly from?: number
  readonly to?: number
}

/** A call as it was kept. */
export interface KeptCall {
  readonly id: string
  /** Undefined: the workspace keeps no prompts. */
  readonly messages: unknown
  readonly metadata: unknown
  readonly isOfAbTest: boolean
}

export interface FindCalls {
  /** Calls that were answered, newest first, before the one with the id `after`. */
  (workspaceId: string, filter: CallFilter, page: { first: number; after: string | null }): Promise<readonly KeptCall[]>
}

export interface FromGenerations {
  readonly added: number
  readonly duplicates: number
  readonly refused: number
  /** Calls whose prompt was not kept, or is none that a benchmark can hold. */
  readonly withoutPrompt: number
}

/** Calls that are looked at in one go. */
export const MOST_CALLS = 2_000
const CALLS_AT_ONCE = 100

interface Request {
  readonly benchmark: Benchmark
  readonly filter: CallFilter
  /** 1 to MOST_CALLS. */
  readonly limit: number
}

/** Adds the prompts of the newest calls that match. */
export async function addFromGenerations(
  { findCalls, addPrompts }: { findCalls: FindCalls; addPrompts: AddPrompts },
  { benchmark, filter, limit }: Request,
): Promise<FromGenerations> {
  const totals = { added: 0, duplicates: 0, refused: 0, withoutPrompt: 0 }
  let after: string | null = null
  for (let left = limit; left > 0; left -= CALLS_AT_ONCE) {
    const first = Math.min(CALLS_AT_ONCE, left)
    const calls: readonly KeptCall[] = await findCalls(benchmark.workspaceId, filter, { first, after })
    const rows = calls.flatMap(readCall)
    const { added, duplicates, refused } = await addPrompts(benchmark, rows, 'generation')
    totals.added += added
    totals.duplicates += duplicates
    totals.refused += refused
    totals.withoutPrompt += calls.length - rows.length
    after = calls.at(-1)?.id ?? null
    if (calls.length < first || refused > 0) break
  }
  return totals
}

function readCall({ messages, metadata, isOfAbTest }: KeptCall): PromptRow[] {
  const fields = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata) ? metadata : null
  const expected: unknown = fields && Object.hasOwn(fields, 'expected_output') && Reflect.get(fields, 'expected_output')
  const read = readPromptRow({
    messages: isOfAbTest ? withoutInstructions(messages) : messages,
    expected_output: typeof expected === 'string' ? expected : null,
    metadata: fields,
  })
  return 'row' in read ? [read.row] : []
}
