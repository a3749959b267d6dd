import { CommandError } from '../errors.ts'
import { compileFilter } from '../query/filter.ts'
import { checkCollection } from '../storage/check-collection.ts'
import { countDocuments, dataBytes } from '../storage/collection.ts'
import type { Collection } from '../storage/collection-record.ts'
import { encode, type Fields } from '../values/bson-values.ts'
import type { Reply } from '../wire-protocol/reply-document.ts'
import { requireCollection } from './collection-commands.ts'
import { collectionName, type Command, documentArgument, findCollection, type Store } from './command.ts'
import { openCursor } from './open-cursor.ts'

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
