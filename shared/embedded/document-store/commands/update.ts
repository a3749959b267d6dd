import { CommandError } from '../errors.ts'
import { toPlain } from '../values/bson-values.ts'
import type { Reply } from '../wire-protocol/reply-document.ts'
import { collectionName, type Command, documentsOf, type Store } from './command.ts'
import { parseUpdate, statementQuery, writeTargetOf } from './statements.ts'
import { checkBatchSize, isOrdered, runEach } from './write-errors.ts'
import { deleteStatement, updateStatement } from './write-one.ts'

/** The `update` command. */
export function update(command: Command, store: Store): Reply {
  const statements = documentsOf(command, 'updates')
  checkBatchSize(statements.length)
  const name = collectionName(command)
  let matched = 0
  let modified = 0
  const upserted: { index: number; _id: unknown }[] = []
  const writeErrors = runEach(statements, isOrdered(command), ({ document }, index) => {
    const collection = writeTargetOf(store, { database: command.database, name, create: document['upsert'] === true })
    const statement = parseUpdate(command, document, { collection, store })
    if (!collection) return
    const outcome = updateStatement(collection, statement)
    matched += outcome.matched
    modified += outcome.modified
    if (outcome.upserted) upserted.push({ index, _id: outcome.upserted['_id'] })
  })
  return {
    n: matched + upserted.length,
    nModified: modified,
    ...(upserted.length > 0 && { upserted }),
    ...(writeErrors.length > 0 && { writeErrors }),
    ok: 1,
  }
}

/** The `delete` command. */
export function remove(command: Command, store: Store): Reply {
  const statements = documentsOf(command, 'deletes')
  checkBatchSize(statements.length)
  const collection = store.catalog.find(command.database, collectionName(command))
  let removed = 0
  const writeErrors = runEach(statements, isOrdered(command), ({ document }) => {
    const query = statementQuery(command, document, collection)
    const limit = toPlain(document['limit'])
    if (limit !== 0 && limit !== 1)
      throw new CommandError(9, `The limit field in delete objects must be 0 or 1. Got ${String(limit)}`)
    if (collection) removed += deleteStatement(collection, query, limit === 0)
  })
  return { n: removed, ...(writeErrors.length > 0 && { writeErrors }), ok: 1 }
}
