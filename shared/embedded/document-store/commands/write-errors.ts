import { CommandError } from '../errors.ts'
import type { Fields } from '../values/bson-values.ts'
import type { Command } from './command.ts'

/** One write of several that failed. */
export interface WriteError extends Fields {
  index: number
  code: number
  errmsg: string
}

/** Runs each write in turn. An ordered batch stops at the first that fails, an unordered one goes on. */
export function runEach<T>(
  writes: readonly T[],
  ordered: boolean,
  run: (write: T, index: number) => void,
): WriteError[] {
  const errors: WriteError[] = []
  for (const [index, write] of writes.entries()) {
    try {
      run(write, index)
    } catch (error) {
      errors.push(writeError(index, error))
      if (ordered) break
    }
  }
  return errors
}

/** What a failed write is answered with. Errors that are not the client's end the whole command. */
function writeError(index: number, error: unknown): WriteError {
  if (!(error instanceof CommandError)) throw error
  return { index, code: error.code, errmsg: error.message, ...error.detail }
}

/** Whether a batch of writes stops at its first error. */
export function isOrdered(command: Command): boolean {
  return command.body['ordered'] !== false
}

/** The documents a batch may hold. */
export function checkBatchSize(count: number): void {
  if (count === 0 || count > 100_000) {
    throw new CommandError(16, `Write batch sizes must be between 1 and 100000. Got ${count} operations.`)
  }
}
