import { CommandError } from '../errors.ts'
import type { Fields, Value } from '../values/bson-values.ts'
import { compileMerge } from './merge-stage.ts'
import { compileOut } from './out-stage.ts'
import type { Output } from './output-target.ts'
import type { StageContext } from './stage.ts'

/** The part of a pipeline that reads, and what becomes of its results. */
export function splitOutput(
  stages: Fields[],
  context: StageContext,
): { reading: Fields[]; output: Output | undefined } {
  for (const [at, stage] of stages.entries()) {
    const [name = ''] = Object.keys(stage)
    if (name !== '$out' && name !== '$merge') continue
    if (at !== stages.length - 1) throw new CommandError(40601, `${name} can only be the final stage in the pipeline`)
    return { reading: stages.slice(0, -1), output: compileOutput(name, stage[name], context) }
  }
  return { reading: stages, output: undefined }
}

/** Writes what a pipeline made; a client gets no documents. */
export function* written(output: Output, documents: Iterable<Uint8Array>): Generator<Uint8Array> {
  // The pipeline is read to its end before anything is written, so that it never reads its own output.
  output([...documents])
  yield* []
}

function compileOutput(name: string, operand: Value, context: StageContext): Output {
  return name === '$out' ? compileOut(operand, context) : compileMerge(operand, context)
}
