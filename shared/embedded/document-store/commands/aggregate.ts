import { CommandError } from '../errors.ts'
import { compileOutput, type Output } from '../aggregation/output-stages.ts'
import { parsePipeline } from '../aggregation/parse-pipeline.ts'
import { NESTED, runPipeline } from '../aggregation/pipeline.ts'
import type { StageContext } from '../aggregation/stage.ts'
import type { Fields } from '../values/bson-values.ts'
import type { Reply } from '../wire-protocol/reply-document.ts'
import { type Command, queryContext, type Store } from './command.ts'
import { explainCommand } from './explain.ts'
import { openCursor } from './find.ts'

/** Stages that need no collection to start from. */
const SOURCES = new Set(['$documents', '$listLocalSessions', '$currentOp', '$changeStream'])

/** The `aggregate` command. */
export function aggregate(command: Command, store: Store): Reply {
  const { body, database } = command
  const target = body['aggregate']
  const name = typeof target === 'string' ? target : '$cmd.aggregate'
  const stages = parsePipeline(body['pipeline'])
  if (typeof target !== 'string') checkSource(stages)
  if (body['cursor'] === undefined && body['explain'] !== true) {
    throw new CommandError(9, "The 'cursor' option is required, except for aggregate with the explain argument")
  }
  if (body['explain'] === true) return explainCommand(command, store, false)
  const collection = store.catalog.find(database, name)
  const context: StageContext = { ...queryContext(body, collection), store, database, collection: name, nested: NESTED }
  const { reading, output } = splitOutput(stages, context)
  const documents = runPipeline(collection, reading, { context, hint: body['hint'] })
  const answer = output ? written(output, documents) : documents
  return openCursor(store, { namespace: `${database}.${name}`, documents: answer, limit: 0, command })
}

function checkSource(stages: Fields[]): void {
  const [first = {}] = stages
  const name = Object.keys(first)[0] ?? ''
  if (!SOURCES.has(name)) {
    throw new CommandError(73, `{aggregate: 1} is not valid for '${name}'; a collection is required.`)
  }
}

function splitOutput(stages: Fields[], context: StageContext): { reading: Fields[]; output: Output | undefined } {
  for (const [at, stage] of stages.entries()) {
    const [name = ''] = Object.keys(stage)
    if (name !== '$out' && name !== '$merge') continue
    if (at !== stages.length - 1) throw new CommandError(40601, `${name} can only be the final stage in the pipeline`)
    return { reading: stages.slice(0, -1), output: compileOutput(name, stage[name], context) }
  }
  return { reading: stages, output: undefined }
}

function* written(output: Output, documents: Iterable<Uint8Array>): Generator<Uint8Array> {
  // The pipeline is read to its end before anything is written, so that it never reads its own output.
  output([...documents])
  yield* []
}
