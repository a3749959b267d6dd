import { CommandError } from '../errors.ts'
import { splitOutput, written } from '../aggregation/output-stages.ts'
import { checkSource, parsePipeline } from '../aggregation/parse-pipeline.ts'
import { NESTED, runPipeline } from '../aggregation/pipeline.ts'
import type { StageContext } from '../aggregation/stage.ts'
import type { Reply } from '../wire-protocol/reply-document.ts'
import type { Command, Store } from './command.ts'
import { explainCommand } from './explain.ts'
import { queryContext } from './query-context.ts'
import { openCursor } from './open-cursor.ts'

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
