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
