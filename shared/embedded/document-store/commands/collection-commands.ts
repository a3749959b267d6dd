import { CommandError } from '../errors.ts'
import { compileFilter } from '../query/filter.ts'
import { parseIndexDefinition } from '../indexes/index-definition.ts'
import { checkCollection } from '../storage/check-collection.ts'
import { countDocuments, dataBytes } from '../storage/collection.ts'
import type { Collection } from '../storage/collection-record.ts'
import { encode, type Fields, isFields, toNumber } from '../values/bson-values.ts'
import { parseCollation } from '../values/collation.ts'
import { equalValues } from '../values/compare.ts'
import { shellText } from '../values/shell-text.ts'
import type { Reply } from '../wire-protocol/reply-document.ts'
import { collectionName, type Command, documentArgument, findCollection, type Store } from './command.ts'
import { openCursor } from './find.ts'

const STORED_OPTIONS = ['validator', 'validationLevel', 'validationAction', 'collation']
const REFUSED_OPTIONS = [
  'capped',
  'timeseries',
  'viewOn',
  'clusteredIndex',
  'changeStreamPreAndPostImages',
  'encryptedFields',
]

/** The `create` command. */
export function create(command: Command, store: Store): Reply {
  const name = collectionName(command)
  const refused = REFUSED_OPTIONS.find((option) => command.body[option] !== undefined && command.body[option] !== false)
  if (refused) throw new CommandError(115, `this server has no collections with the option '${refused}'`)
  const options = storedOptions(command.body)
  const existing = findCollection(command, store)
  if (existing) {
    if (equalValues(existing.options, options)) return { ok: 1 }
    throw new CommandError(
      48,
      `namespace ${existing.namespace} already exists, but with different options: ${shellText(existing.options)}`,
    )
  }
  store.catalog.create(command.database, name, options)
  return { ok: 1 }
}

function storedOptions(body: Fields): Fields {
  const options: Fields = {}
  for (const name of STORED_OPTIONS) if (body[name] !== undefined) options[name] = body[name]
  const collation = parseCollation(options['collation'])
  if (collation) options['collation'] = { ...collation.specification }
  else delete options['collation']
  if (options['validator'] !== undefined) compileFilter(options['validator'])
  return options
}

/** The `drop` command. A collection that is not there is not an error, as since MongoDB 7. */
export function drop(command: Command, store: Store): Reply {
  const collection = findCollection(command, store)
  if (!collection) return { ok: 1 }
  const indexes = collection.indexes.length
  store.catalog.drop(collection)
  return { nIndexesWas: indexes, ns: collection.namespace, ok: 1 }
}

/** The `dropDatabase` command. */
export function dropDatabase(command: Command, store: Store): Reply {
  const collections = store.catalog.collections(command.database)
  for (const collection of collections) store.catalog.drop(collection)
  return { ...(collections.length > 0 && { dropped: command.database }), ok: 1 }
}

/** The `renameCollection` command. */
export function renameCollection(command: Command, store: Store): Reply {
  if (command.database !== 'admin')
    throw new CommandError(13, 'renameCollection may only be run against the admin database.')
  const [from, to] = [splitNamespace(command.body['renameCollection']), splitNamespace(command.body['to'])]
  const source = store.catalog.find(from.database, from.name)
  if (!source) throw new CommandError(26, `Source collection ${from.database}.${from.name} does not exist`)
  const target = store.catalog.find(to.database, to.name)
  if (target === source) throw new CommandError(20, "Can't rename a collection to itself")
  if (target && command.body['dropTarget'] !== true) throw new CommandError(48, 'target namespace exists')
  if (target) store.catalog.drop(target)
  store.catalog.rename(source, to.database, to.name)
  return { ok: 1 }
}

function splitNamespace(namespace: unknown): { database: string; name: string } {
  const dot = typeof namespace === 'string' ? namespace.indexOf('.') : -1
  if (typeof namespace !== 'string' || dot < 1)
    throw new CommandError(73, `Invalid namespace specified '${String(namespace)}'`)
  return { database: namespace.slice(0, dot), name: namespace.slice(dot + 1) }
}

/** The `collMod` command: validators, and the expiry or visibility of an index. */
export function collectionModify(command: Command, store: Store): Reply {
  const collection = requireCollection(command, store)
  const options = { ...collection.options, ...storedOptions({ ...collection.options, ...command.body }) }
  if (!equalValues(options, collection.options)) store.catalog.setOptions(collection, options)
  const change = command.body['index']
  return { ...(isFields(change) && modifyIndex(collection, change, store)), ok: 1 }
}

function modifyIndex(collection: Collection, change: Fields, store: Store): Fields {
  const index = collection.indexes.find(({ definition }) =>
    change['name'] === undefined
      ? equalValues(definition.key, change['keyPattern'])
      : definition.name === change['name'],
  )
  if (!index)
    throw new CommandError(
      27,
      `cannot find index ${shellText(change['name'] ?? change['keyPattern'])} for ns ${collection.namespace}`,
    )
  const specification = { ...index.definition.specification }
  const answer: Fields = {}
  if (change['expireAfterSeconds'] !== undefined) {
    if (index.definition.expireAfterSeconds !== undefined)
      answer['expireAfterSeconds_old'] = index.definition.expireAfterSeconds
    specification['expireAfterSeconds'] = answer['expireAfterSeconds_new'] = toNumber(change['expireAfterSeconds'])
  }
  if (change['hidden'] !== undefined) {
    answer['hidden_old'] = index.definition.hidden
    specification['hidden'] = answer['hidden_new'] = change['hidden'] === true
  }
  store.catalog.replaceIndex(collection, index, parseIndexDefinition(specification))
  return answer
}

/** The `listCollections` command. */
export function listCollections(command: Command, store: Store): Reply {
  const filter = compileFilter(documentArgument(command, 'filter'))
  const described = store.catalog
    .collections(command.database)
    .map((collection) => describe(collection, command.body['nameOnly'] === true))
  const documents = described.filter((one) => filter.test(one)).map((one) => encode(one))
  return openCursor(store, {
    namespace: `${command.database}.$cmd.listCollections`,
    documents: documents.values(),
    limit: 0,
    command,
  })
}

function describe(collection: Collection, nameOnly: boolean): Fields {
  const { name, options } = collection
  if (nameOnly) return { name, type: 'collection' }
  const [primary] = collection.indexes
  return {
    name,
    type: 'collection',
    options,
    info: { readOnly: false },
    idIndex: primary?.definition.specification ?? {},
  }
}

/** The `listDatabases` command. */
export function listDatabases(command: Command, store: Store): Reply {
  if (command.database !== 'admin')
    throw new CommandError(13, 'listDatabases may only be run against the admin database.')
  const filter = compileFilter(documentArgument(command, 'filter'))
  const names = [...new Set(store.catalog.collections().map((collection) => collection.database))].toSorted()
  const all = names.map((name) => {
    const sizeOnDisk =
      command.body['nameOnly'] === true
        ? 0
        : store.catalog.collections(name).reduce((sum, one) => sum + dataBytes(one), 0)
    return { name, sizeOnDisk, empty: false }
  })
  const databases = all.filter((database) => filter.test(database))
  if (command.body['nameOnly'] === true) return { databases: databases.map(({ name }) => ({ name })), ok: 1 }
  const totalSize = databases.reduce((sum, database) => sum + database.sizeOnDisk, 0)
  return { databases, totalSize, totalSizeMb: Math.floor(totalSize / 1_048_576), ok: 1 }
}

/** The `collStats` command. */
export function collectionStatistics(command: Command, store: Store): Reply {
  const collection = findCollection(command, store)
  const ns = `${command.database}.${collectionName(command)}`
  if (!collection)
    return {
      ns,
      size: 0,
      count: 0,
      numOrphanDocs: 0,
      storageSize: 0,
      totalSize: 0,
      nindexes: 0,
      totalIndexSize: 0,
      indexDetails: {},
      indexSizes: {},
      scaleFactor: 1,
      ok: 1,
    }
  const count = countDocuments(collection)
  const size = dataBytes(collection)
  return {
    ns,
    size,
    count,
    avgObjSize: count > 0 ? Math.floor(size / count) : 0,
    storageSize: size,
    capped: false,
    nindexes: collection.indexes.length,
    indexSizes: Object.fromEntries(collection.indexes.map(({ definition }) => [definition.name, 0])),
    scaleFactor: 1,
    ok: 1,
  }
}

/** The `dbStats` command. */
export function databaseStatistics(command: Command, store: Store): Reply {
  const collections = store.catalog.collections(command.database)
  const sum = (of: (collection: Collection) => number): number => collections.reduce((total, one) => total + of(one), 0)
  const objects = sum(countDocuments)
  const dataSize = sum(dataBytes)
  return {
    db: command.database,
    collections: collections.length,
    views: 0,
    objects,
    avgObjSize: objects > 0 ? dataSize / objects : 0,
    dataSize,
    storageSize: store.catalog.file.fileBytes(),
    indexes: sum((one) => one.indexes.length),
    indexSize: 0,
    totalSize: store.catalog.file.fileBytes(),
    scaleFactor: 1,
    ok: 1,
  }
}

/** The `validate` command: every document decodes, and every index holds what it should. */
export function validate(command: Command, store: Store): Reply {
  const collection = requireCollection(command, store)
  const errors = checkCollection(collection)
  return {
    ns: collection.namespace,
    nrecords: countDocuments(collection),
    nIndexes: collection.indexes.length,
    valid: errors.length === 0,
    errors,
    warnings: [],
    ok: 1,
  }
}

function requireCollection(command: Command, store: Store): Collection {
  const collection = findCollection(command, store)
  if (collection) return collection
  const name = `${command.database}.${collectionName(command)}`
  throw new CommandError(
    26,
    command.name === 'validate' ? `Collection '${name}' does not exist to validate.` : `ns does not exist: ${name}`,
  )
}
