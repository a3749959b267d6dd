import { parsePipeline } from '../aggregation/parse-pipeline.ts'
import { splitPipeline } from '../aggregation/split-pipeline.ts'
import { CommandError } from '../errors.ts'
import type { QueryRequest } from '../query/run-query.ts'
import type { Fields } from '../values/bson-values.ts'
import type { Command, Store } from './command.ts'
import { queryOf } from './count.ts'
import { parseFind } from './find.ts'
import { queryContext } from './query-context.ts'
import { statementQuery } from './statements.ts'

/** What the command to be explained would look for. */
export function explainedRequest(command: Command, store: Store): QueryRequest {
  const { body, database, name } = command
  const collection = store.catalog.find(database, String(body[name]))
  switch (name) {
    case 'find':
      return parseFind(command, collection).request
    case 'count':
    case 'distinct':
      return queryOf(command, collection)
    case 'aggregate':
      return splitPipeline(parsePipeline(body['pipeline']), queryContext(body, collection), body['hint']).request
    case 'update':
    case 'delete':
      return statementQuery(command, ((body['updates'] ?? body['deletes']) as Fields[])[0] ?? {}, collection)
    case 'findAndModify':
      return { ...statementQuery(command, { ...body, q: body['query'] ?? {} }, collection), limit: 1 }
    default:
      throw new CommandError(59, `Explain failed due to unknown command: ${name}`)
  }
}
