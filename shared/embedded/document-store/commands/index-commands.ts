import { CommandError } from '../errors.ts'
import { type IndexDefinition, parseIndexDefinition, sameIndex, sameKey } from '../indexes/index-definition.ts'
import type { OpenIndex } from '../indexes/open-index.ts'
import type { Collection } from '../storage/collection-record.ts'
import { encode, type Fields, isFields, type Value } from '../values/bson-values.ts'
import { equalValues } from '../values/compare.ts'
import { shellText } from '../values/shell-text.ts'
import type { Reply } from '../wire-protocol/reply-document.ts'
import { collectionName, type Command, findCollection, type Store } from './command.ts'
import { openCursor } from './open-cursor.ts'

const MAX_INDEXES = 64

/** The `createIndexes` command. */
export function createIndexes(command: Command, store: Store): Reply {
  const name = collectionName(command)
  const entries = command.body['indexes']
  if (!Array.isArray(entries))
    throw new CommandError(40414, "BSON field 'createIndexes.indexes' is missing but a required field")
  if (entries.length === 0) throw new CommandError(2, 'Must specify at least one index to create')
  const existing = store.catalog.find(command.database, name)
  const definitions = entries.map((entry) =>
    parseIndexDefinition(entry, existing?.options['collation'] as Fields | undefined),
  )
  const collection = existing ?? store.catalog.create(command.database, name, {})
  const before = collection.indexes.length
  const added: OpenIndex[] = []
  try {
    for (const definition of definitions) {
      if (hasIndex(collection, definition)) continue
      if (collection.indexes.length >= MAX_INDEXES)
        throw new CommandError(67, `add index fails, too many indexes for ${collection.namespace}`)
      store.catalog.addIndex(collection, definition)
      added.push(...collection.indexes.slice(-1))
    }
  } catch (error) {
    for (const index of added) store.catalog.dropIndex(collection, index)
    throw error
  }
  return {
    numIndexesBefore: before,
    numIndexesAfter: collection.indexes.length,
    ...(existing === undefined && { createdCollectionAutomatically: true }),
    ...(added.length === 0 && { note: 'all indexes already exist' }),
    ok: 1,
  }
}

/** Whether the index is there already; throws when one is there that it clashes with. */
function hasIndex(collection: Collection, definition: IndexDefinition): boolean {
  for (const { definition: known } of collection.indexes) {
    const named = known.name === definition.name
    if (named && sameIndex(known, definition)) return true
    if (!named && !sameKey(known, definition)) continue
    const existing = shellText(known.specification)
    if (named && !sameKey(known, definition)) {
      throw new CommandError(
        86,
        `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: ${shellText(definition.specification)}, existing index: ${existing}`,
      )
    }
    if (definition.name === '_id_') return true
    throw new CommandError(
      85,
      named
        ? `An equivalent index already exists with the same name but different options. Requested index: ${shellText(definition.specification)}, existing index: ${existing}`
        : `Index already exists with a different name: ${known.name}`,
    )
  }
  return false
}

/** The `listIndexes` command. */
export function listIndexes(command: Command, store: Store): Reply {
  const collection = requireCollection(command, store)
  const documents = collection.indexes.map(({ definition }) => encode(definition.specification)).values()
  return openCursor(store, { namespace: collection.namespace, documents, limit: 0, command })
}

/** The `dropIndexes` command. */
export function dropIndexes(command: Command, store: Store): Reply {
  const collection = requireCollection(command, store)
  const before = collection.indexes.length
  for (const index of chosenIndexes(collection, command.body['index'])) store.catalog.dropIndex(collection, index)
  return { nIndexesWas: before, ok: 1 }
}

function chosenIndexes(collection: Collection, chosen: Value): OpenIndex[] {
  if (chosen === '*') return collection.indexes.filter(({ definition }) => definition.name !== '_id_')
  const names = Array.isArray(chosen) ? chosen : [chosen]
  return names.map((one) => {
    const index = collection.indexes.find(({ definition }) =>
      isFields(one) ? equalValues(definition.key, one) : definition.name === one,
    )
    if (!index) {
      throw new CommandError(
        27,
        isFields(one) ? `can't find index with key: ${shellText(one)}` : `index not found with name [${String(one)}]`,
      )
    }
    if (index.definition.name === '_id_') throw new CommandError(72, 'cannot drop _id index')
    return index
  })
}

function requireCollection(command: Command, store: Store): Collection {
  const collection = findCollection(command, store)
  if (collection) return collection
  throw new CommandError(
    26,
    command.name === 'listIndexes'
      ? `ns does not exist: ${command.database}.${collectionName(command)}`
      : `ns not found ${command.database}.${collectionName(command)}`,
  )
}
