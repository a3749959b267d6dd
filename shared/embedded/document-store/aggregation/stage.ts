import type { Fields } from '../values/bson-values.ts'
import type { QueryContext } from '../query/filter-types.ts'
import type { Store } from '../commands/command.ts'

/** What a stage may reach beside the documents that flow through it. */
export interface StageContext extends QueryContext {
  store: Store
  database: string
  /** The collection the pipeline started from, for messages. */
  collection: string
  nested: NestedPipelines
}

/** How a stage runs a pipeline of its own. Handed in, since the pipeline compiler knows every stage. */
export interface NestedPipelines {
  compile: (stages: Fields[], context: StageContext) => Stage
  /** Runs a pipeline over another collection of the database, in promoted form. */
  over: (collection: string, stages: Fields[], context: StageContext) => Iterable<Fields>
}

/** One stage: documents in, documents out, in promoted form. */
export type Stage = (documents: Iterable<Fields>) => Iterable<Fields>

export type StageCompiler = (operand: unknown, context: StageContext) => Stage
