import type { Fields } from '../values/bson-values.ts'
import type { QueryContext } from '../query/filter.ts'
import type { Store } from '../commands/command.ts'

/** What a stage may reach beside the documents that flow through it. */
export interface StageContext extends QueryContext {
  store: Store
  database: string
  /** The collection the pipeline started from, for messages. */
  collection: string
}

/** One stage: documents in, documents out, in promoted form. */
export type Stage = (documents: Iterable<Fields>) => Iterable<Fields>

export type StageCompiler = (operand: unknown, context: StageContext) => Stage
