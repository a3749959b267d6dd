import { CommandError } from '../errors.ts'
import { parseIndexDefinition } from '../indexes/index-definition.ts'
import { compileFilter } from '../query/filter.ts'
import type { Collection } from '../storage/collection-record.ts'
import { type Fields, isFields, toNumber } from '../values/bson-values.ts'
import { parseCollation } from '../values/collation.ts'
import { equalValues } from '../values/compare.ts'
import { shellText } from '../values/shell-text.ts'
import type { Reply } from '../wire-protocol/reply-document.ts'
import { collectionName, type Command, findCollection, type Store } from './command.ts'

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

/** The collection a command needs to be there. */
export function requireCollection(command: Command, store: Store): Collection {
  const collection = findCollection(command, store)
  if (collection) return collection
  const name = `${command.database}.${collectionName(command)}`
  throw new CommandError(
    26,
    command.name === 'validate' ? `Collection '${name}' does not exist to validate.` : `ns does not exist: ${name}`,
  )
}
