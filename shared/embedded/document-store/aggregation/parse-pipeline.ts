import { CommandError } from '../errors.ts'
import { type Fields, isFields, type Value } from '../values/bson-values.ts'

/** The stages of a pipeline, checked for their shape. */
export function parsePipeline(pipeline: Value): Fields[] {
  if (!Array.isArray(pipeline)) throw new CommandError(14, "'pipeline' option must be specified as an array")
  return pipeline.map((stage) => {
    if (!isFields(stage)) throw new CommandError(14, "Each element of the 'pipeline' array must be an object")
    if (Object.keys(stage).length !== 1)
      throw new CommandError(40323, 'A pipeline stage specification object must contain exactly one field.')
    return stage
  })
}

/** Stages that need no collection to start from. */
const SOURCES = new Set(['$documents', '$listLocalSessions', '$currentOp', '$changeStream'])

/** Refuses a pipeline that starts from no collection but needs one. */
export function checkSource(stages: Fields[]): void {
  const [first = {}] = stages
  const name = Object.keys(first)[0] ?? ''
  if (!SOURCES.has(name)) {
    throw new CommandError(73, `{aggregate: 1} is not valid for '${name}'; a collection is required.`)
  }
}
