import { Aggregator } from 'mingo/aggregator'
import type { QueryContext } from '../query/filter-types.ts'
import type { Fields } from '../values/bson-values.ts'
import { toPlain } from '../values/bson-values.ts'
import { translating } from './expression.ts'
import { operatorContext } from './operator-context.ts'

/** Runs stages that need nothing but the documents they are given, which are in promoted form. */
export function runStages(documents: Iterable<Fields>, stages: Fields[], context: QueryContext): Fields[] {
  const aggregator = new Aggregator(stages.map((stage) => toPlain(stage)) as never, {
    context: operatorContext(),
    variables: context.variables ?? {},
  })
  return translating(() => aggregator.run(documents as never)) as Fields[]
}
