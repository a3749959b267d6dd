import { CommandError } from '../errors.ts'
import { compileFilter } from '../query/filter.ts'
import type { QueryRequest } from '../query/run-query.ts'
import { parseSort } from '../query/sort.ts'
import type { Collection } from '../storage/collection-record.ts'
import { compileUpdate } from '../update/compile-update.ts'
import { type Fields, isFields, setField, toPlain } from '../values/bson-values.ts'
import type { Reply } from '../wire-protocol/reply-document.ts'
import { collectionName, type Command, documentsOf, queryContext, type Store } from './command.ts'
import { checkBatchSize, isOrdered, runEach } from './write-errors.ts'
import { deleteStatement, updateStatement, type UpdateStatement } from './write-one.ts'

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

/** The collection a write goes to; only an upsert makes it. */
export function writeTargetOf(
  store: Store,
  { database, name, create }: { database: string; name: string; create: boolean },
): Collection | undefined {
  return create ? store.catalog.ensure(database, name) : store.catalog.find(database, name)
}

/** One statement of an update command, compiled. */
export function parseUpdate(
  command: Command,
  statement: Fields,
  { collection, store }: { collection: Collection | undefined; store: Store },
): UpdateStatement {
  const query = statementQuery(command, statement, collection)
  const context = statementContext(command, statement, collection)
  const compiled = compileUpdate(statement['u'], statement['arrayFilters'], context)
  const multi = statement['multi'] === true
  if (multi && compiled.replacement)
    throw new CommandError(9, 'multi update is not supported for replacement-style update')
  if (multi && query.sort.length > 0) throw new CommandError(9, 'Cannot specify sort with multi=true')
  return {
    query,
    update: compiled,
    multi,
    upsert: statement['upsert'] === true,
    bypass: command.body['bypassDocumentValidation'] === true,
    now: store.now(),
  }
}

/** What a statement of `update`, `delete` or `bulkWrite` looks for. */
export function statementQuery(command: Command, statement: Fields, collection: Collection | undefined): QueryRequest {
  const context = statementContext(command, statement, collection)
  if (!isFields(statement['q']))
    throw new CommandError(40414, `BSON field '${command.name}.q' is missing but a required field`)
  return {
    filter: compileFilter(statement['q'], context),
    sort: parseSort(statement['sort']),
    hint: statement['hint'],
    skip: 0,
    limit: 0,
    collation: context.collation,
  }
}

function statementContext(
  command: Command,
  statement: Fields,
  collection: Collection | undefined,
): ReturnType<typeof queryContext> {
  const variables: Fields = {}
  for (const source of [command.body['let'], statement['c']]) {
    if (isFields(source)) for (const [name, value] of Object.entries(source)) setField(variables, name, value)
  }
  return queryContext(statement, collection, variables)
}
