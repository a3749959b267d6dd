import { CommandError } from '../errors.ts'
import { type Fields, isFields, type Value } from '../values/bson-values.ts'
import { parsePipeline } from './parse-pipeline.ts'
import type { Stage, StageContext } from './stage.ts'

/** `$facet`: several pipelines over the same documents. */
export function facet(operand: Value, context: StageContext): Stage {
  if (!isFields(operand) || Object.keys(operand).length === 0) {
    throw new CommandError(40169, 'the $facet specification must be a non-empty object')
  }
  const pipelines = Object.entries(operand).map(([name, pipeline]) => ({
    name,
    run: context.nested.compile(parsePipeline(pipeline), context),
  }))
  return function* (documents) {
    const shared = [...documents]
    const facets: Fields = {}
    for (const { name, run } of pipelines) facets[name] = [...run(shared)]
    yield facets
  }
}
