import { CommandError } from '../errors.ts'
import { isFields, type Value } from '../values/bson-values.ts'
import type { StageContext } from './stage.ts'

/** Takes a pipeline's results to a collection. */
export type Output = (documents: Uint8Array[]) => void

/** Where `$out` and `$merge` write to. */
export interface Target {
  database: string
  name: string
}

/** Reads a stage's target: a collection's name, or a document with the database's. */
export function targetOf(
  stage: string,
  operand: Value,
  { named, context }: { named: string; context: StageContext },
): Target {
  if (typeof operand === 'string') return { database: context.database, name: operand }
  const database = isFields(operand) ? operand['db'] : undefined
  const name = isFields(operand) ? operand[named] : undefined
  if (typeof name !== 'string') throw new CommandError(16990, `${stage} only supports a string or object argument`)
  return { database: typeof database === 'string' ? database : context.database, name }
}
