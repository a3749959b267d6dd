import { CommandError } from '../errors.ts'
import type { QueryContext } from '../query/filter-types.ts'
import { queryRequest } from '../query/query-request.ts'
import type { QueryRequest } from '../query/run-query.ts'
import type { Collection } from '../storage/collection-record.ts'
import { compileUpdate } from '../update/compile-update.ts'
import { type Fields, isFields, setField } from '../values/bson-values.ts'
import type { Command, Store } from './command.ts'
import { queryContext } from './query-context.ts'
import type { UpdateStatement } from './write-one.ts'

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
  return queryRequest({ filter: statement['q'], sort: statement['sort'], hint: statement['hint'] }, context)
}

/** The `let`, constants and collation of a statement. */
export function statementContext(
  command: Command,
  statement: Fields,
  collection: Collection | undefined,
): QueryContext {
  const variables: Fields = {}
  for (const source of [command.body['let'], statement['c']]) {
    if (isFields(source)) for (const [name, value] of Object.entries(source)) setField(variables, name, value)
  }
  return queryContext(statement, collection, variables)
}
