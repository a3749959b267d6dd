import type { Dialect } from './dialect.ts'
import { createOpenAiDialect } from './openai/openai.ts'

/**
 * All the vendors the simulator speaks for. OpenAI's comes first: it is the embedded default's upstream and should find
 * its way soonest.
 *
 * @param models the ids of the simulated models
 */
export function createDialects(models: readonly string[]): [Dialect, ...Dialect[]] {
  return [createOpenAiDialect(models)]
}
