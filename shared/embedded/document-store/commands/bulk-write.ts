import { CommandError } from '../errors.ts'
import { encode, type Fields, setField, toNumber, type Value } from '../values/bson-values.ts'
import type { Reply } from '../wire-protocol/reply-document.ts'
import { type Command, documentsOf, type Store } from './command.ts'
import { openCursor } from './open-cursor.ts'
import { insertOne } from './insert.ts'
import { deleteStatement, updateStatement } from './write-one.ts'
import { parseUpdate, statementQuery, writeTargetOf } from './statements.ts'
import { checkBatchSize, isOrdered, runEach } from './write-errors.ts'

interface Totals {
  nInserted: number
  nMatched: number
  nModified: number
  nUpserted: number
  nDeleted: number
}

interface Namespace {
  database: string
  name: string
}

/** The `bulkWrite` command: writes of all kinds to any number of collections. */
export function bulkWrite(command: Command, store: Store): Reply {
  if (command.database !== 'admin') throw new CommandError(13, 'bulkWrite may only be run against the admin database.')
  const operations = documentsOf(command, 'ops')
  const namespaces = documentsOf(command, 'nsInfo').map(({ document }) => parseNamespace(document['ns']))
  checkBatchSize(operations.length)
  const errorsOnly = command.body['errorsOnly'] === true
  const totals: Totals = { nInserted: 0, nMatched: 0, nModified: 0, nUpserted: 0, nDeleted: 0 }
  const answers: Fields[] = []
  const errors = runEach(operations, isOrdered(command), ({ document }, idx) => {
    const answer = runOperation(command, document, { store, namespaces, totals })
    if (!errorsOnly) answers.push({ ok: 1, idx, ...answer })
  })
  for (const { index, ...error } of errors) answers.push({ ok: 0, idx: index, ...error, n: 0 })
  const documents = answers
    .toSorted((left, right) => Number(left['idx']) - Number(right['idx']))
    .map((answer) => encode(answer))
  const reply = openCursor(store, {
    namespace: 'admin.$cmd.bulkWrite',
    documents: documents.values(),
    limit: 0,
    command,
  })
  return { ...reply, extra: { nErrors: errors.length, ...totals } }
}

function parseNamespace(namespace: Value): Namespace {
  const dot = typeof namespace === 'string' ? namespace.indexOf('.') : -1
  if (typeof namespace !== 'string' || dot < 1)
    throw new CommandError(73, `Invalid namespace specified for bulkWrite: '${String(namespace)}'`)
  return { database: namespace.slice(0, dot), name: namespace.slice(dot + 1) }
}

interface Bulk {
  store: Store
  namespaces: Namespace[]
  totals: Totals
}

function runOperation(command: Command, operation: Fields, bulk: Bulk): Fields {
  const [kind = ''] = Object.keys(operation)
  const namespace = bulk.namespaces[toNumber(operation[kind])]
  if (!namespace) throw new CommandError(2, `BulkWrite ops entry has an invalid nsInfo index.`)
  switch (kind) {
    case 'insert':
      return runInsert(command, operation, { ...bulk, namespace })
    case 'update':
      return runUpdate(command, operation, { ...bulk, namespace })
    case 'delete':
      return runDelete(command, operation, { ...bulk, namespace })
    default:
      throw new CommandError(9, `BSON field 'bulkWrite.ops.${kind}' is an unknown field.`)
  }
}

type Located = Bulk & { namespace: Namespace }

function runInsert(command: Command, operation: Fields, { store, namespace, totals }: Located): Fields {
  const collection = store.catalog.ensure(namespace.database, namespace.name)
  insertOne(collection, {
    document: operation['document'] as Fields,
    bypass: command.body['bypassDocumentValidation'] === true,
  })
  totals.nInserted++
  return { n: 1 }
}

function runUpdate(command: Command, operation: Fields, { store, namespace, totals }: Located): Fields {
  const collection = writeTargetOf(store, { ...namespace, create: operation['upsert'] === true })
  const statement = parseUpdate(command, asStatement(operation), { collection, store })
  if (!collection) return { n: 0, nModified: 0 }
  const { matched, modified, upserted } = updateStatement(collection, statement)
  totals.nMatched += matched
  totals.nModified += modified
  if (!upserted) return { n: matched, nModified: modified }
  totals.nUpserted++
  return { n: 1, nModified: 0, upserted: { _id: upserted['_id'] } }
}

function runDelete(command: Command, operation: Fields, { store, namespace, totals }: Located): Fields {
  const collection = store.catalog.find(namespace.database, namespace.name)
  const query = statementQuery(command, asStatement(operation), collection)
  const removed = collection ? deleteStatement(collection, query, operation['multi'] === true) : 0
  totals.nDeleted += removed
  return { n: removed }
}

/** The same statement in the words of `update` and `delete`. */
function asStatement(operation: Fields): Fields {
  const statement: Fields = { q: operation['filter'], u: operation['updateMods'], c: operation['constants'] }
  for (const name of Object.keys(operation)) setField(statement, name, operation[name])
  return statement
}
