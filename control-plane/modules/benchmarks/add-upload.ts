import type { AddPrompts } from './add-prompts.ts'
import type { Benchmark } from './benchmark-documents.ts'
import type { PromptRow, RowFault } from './prompt-content.ts'
import { readUpload } from './read-upload.ts'
import type { UploadFormat } from './upload-format.ts'

/** Faults that are told one by one; the others are counted. */
export const MOST_FAULTS = 100
/** Rows that are written together. */
const ROWS_AT_ONCE = 200
/** Of which together hold no more than this, about. */
const CHARACTERS_AT_ONCE = 4_000_000

export interface UploadOutcome {
  readonly added: number
  readonly duplicates: number
  /** Rows that were not taken, the first of them with what is wrong. */
  readonly faultCount: number
  readonly faults: readonly (RowFault & { readonly line: number })[]
}

interface Upload {
  readonly benchmark: Benchmark
  readonly stream: AsyncIterable<Uint8Array>
  readonly format: UploadFormat
}

/**
 * Adds the prompts of a file to a benchmark while it arrives. What was added stays when the file breaks off. Reading ends
 * early where the benchmark is full.
 */
export async function addUpload(addPrompts: AddPrompts, { benchmark, stream, format }: Upload): Promise<UploadOutcome> {
  const faults: (RowFault & { line: number })[] = []
  const counts = { added: 0, duplicates: 0, faultCount: 0 }
  let waiting: PromptRow[] = []
  let characters = 0

  const refuse = (line: number, fault: RowFault): void => {
    counts.faultCount += 1
    if (faults.length < MOST_FAULTS) faults.push({ line, ...fault })
  }
  const write = async (line: number): Promise<boolean> => {
    const { added, duplicates, refused } = await addPrompts(benchmark, waiting, 'upload')
    counts.added += added
    counts.duplicates += duplicates
    waiting = []
    characters = 0
    if (refused === 0) return true
    refuse(line, {
      path: '',
      message: `is where reading ends: the benchmark is full, ${refused} prompts were left out`,
    })
    return false
  }

  let line = 1
  for await (const read of readUpload(stream, format)) {
    line = read.line
    if ('fault' in read) {
      refuse(line, read.fault)
      continue
    }
    waiting.push(read.row)
    characters += sizeOf(read.row)
    const isEnough = waiting.length >= ROWS_AT_ONCE || characters >= CHARACTERS_AT_ONCE
    if (isEnough && !(await write(line))) return { ...counts, faults }
  }
  if (waiting.length > 0) await write(line)
  return { ...counts, faults }
}

function sizeOf({ messages, metadata, expectedOutput }: PromptRow): number {
  return JSON.stringify([messages, metadata]).length + (expectedOutput?.length ?? 0)
}
