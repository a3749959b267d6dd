/*
 * The collections of a store and their indexes, kept in two tables of the same file. Changes here are part of the same
 * transaction as the documents they concern; after a rollback the catalog is read again from the file.
 */
import { CommandError } from '../errors.ts'
import { ID_INDEX, type IndexDefinition, parseIndexDefinition } from '../indexes/index-definition.ts'
import { type OpenIndex, openIndex } from '../indexes/open-index.ts'
import { decode, encode, type Fields } from '../values/bson-values.ts'
import { fillIndex } from './collection.ts'
import { type Collection, documentTable } from './collection-record.ts'
import { createIndexTable } from './index-table.ts'
import { openStoreFile, type StoreFile } from './store-file.ts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS collections (
    id INTEGER PRIMARY KEY AUTOINCREMENT, database TEXT NOT NULL, name TEXT NOT NULL, options BLOB NOT NULL, UNIQUE (database, name));
  CREATE TABLE IF NOT EXISTS indexes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, collection INTEGER NOT NULL, specification BLOB NOT NULL, multikey INTEGER NOT NULL DEFAULT 0);
`

export interface Catalog {
  file: StoreFile
  find: (database: string, name: string) => Collection | undefined
  /** The collection, made if it is not there: what a first insert does. */
  ensure: (database: string, name: string) => Collection
  create: (database: string, name: string, options: Fields) => Collection
  drop: (collection: Collection) => void
  rename: (collection: Collection, database: string, name: string) => void
  setOptions: (collection: Collection, options: Fields) => void
  addIndex: (collection: Collection, definition: IndexDefinition) => void
  dropIndex: (collection: Collection, index: OpenIndex) => void
  replaceIndex: (collection: Collection, index: OpenIndex, definition: IndexDefinition) => void
  collections: (database?: string) => Collection[]
  close: () => void
}

type CollectionRecord = [id: number, database: string, name: string, options: Uint8Array]
type IndexRecord = [id: number, collection: number, specification: Uint8Array, multikey: number]

/** Opens the store's file with all it holds. */
export function openCatalog(path: string): Catalog {
  const known = new Map<string, Collection>()
  const file = openStoreFile(path, () => load(file, known))
  try {
    file.define(SCHEMA)
    file.flush()
    load(file, known)
  } catch (error) {
    file.close()
    throw error
  }
  const create = (database: string, name: string, options: Fields): Collection => {
    checkName(database, name)
    const id = insertId(file, 'INSERT INTO collections (database, name, options) VALUES (?, ?, ?) RETURNING id', [
      database,
      name,
      encode(options),
    ])
    file.define(`CREATE TABLE ${documentTable({ id })} (id INTEGER PRIMARY KEY, document BLOB NOT NULL)`)
    const collection = makeCollection(file, { id, database, name, options })
    known.set(collection.namespace, collection)
    addIndex(collection, idIndexFor(options))
    return collection
  }
  return {
    file,
    find: (database, name) => known.get(`${database}.${name}`),
    ensure: (database, name) => known.get(`${database}.${name}`) ?? create(database, name, {}),
    create,
    drop: (collection) => {
      known.delete(collection.namespace)
      dropTables(collection)
    },
    rename: (collection, database, name) => {
      checkName(database, name)
      known.delete(collection.namespace)
      file.change('UPDATE collections SET database = ?, name = ? WHERE id = ?', database, name, collection.id)
      Object.assign(collection, { database, name, namespace: `${database}.${name}` })
      known.set(collection.namespace, collection)
    },
    setOptions: (collection, options) => {
      collection.options = options
      file.change('UPDATE collections SET options = ? WHERE id = ?', encode(options), collection.id)
    },
    addIndex,
    dropIndex: (collection, index) => {
      collection.indexes = collection.indexes.filter((one) => one !== index)
      dropIndexTable(collection, index)
    },
    replaceIndex: (collection, index, definition) => {
      file.change('UPDATE indexes SET specification = ? WHERE id = ?', encode(definition.specification), index.id)
      const changed = openIndex(index.id, definition, index.multikey)
      collection.indexes = collection.indexes.map((one) => (one === index ? changed : one))
    },
    collections: (database) =>
      [...known.values()].filter((collection) => database === undefined || collection.database === database),
    close: () => file.close(),
  }
}

/** Makes the index and fills it; when a document does not fit, nothing of it remains. */
function addIndex(collection: Collection, definition: IndexDefinition): void {
  const { file } = collection
  const id = insertId(file, 'INSERT INTO indexes (collection, specification) VALUES (?, ?) RETURNING id', [
    collection.id,
    encode(definition.specification),
  ])
  const index = openIndex(id, definition, false)
  file.define(createIndexTable(index))
  try {
    fillIndex(collection, index)
  } catch (error) {
    dropIndexTable(collection, index)
    throw error
  }
  collection.indexes = [...collection.indexes, index]
}

function dropIndexTable(collection: Collection, index: OpenIndex): void {
  collection.file.change('DELETE FROM indexes WHERE id = ?', index.id)
  collection.file.define(`DROP TABLE ${index.table}`)
}

function dropTables(collection: Collection): void {
  collection.dropped = true
  for (const index of collection.indexes) dropIndexTable(collection, index)
  collection.file.define(`DROP TABLE ${documentTable(collection)}`)
  collection.file.change('DELETE FROM collections WHERE id = ?', collection.id)
}

function load(file: StoreFile, known: Map<string, Collection>): void {
  for (const collection of known.values()) collection.dropped = true
  known.clear()
  const records = file.statement('SELECT id, database, name, options FROM collections ORDER BY id').all()
  const indexes = file
    .statement('SELECT id, collection, specification, multikey FROM indexes ORDER BY id')
    .all() as unknown as IndexRecord[]
  for (const [id, database, name, options] of records as unknown as CollectionRecord[]) {
    const collection = makeCollection(file, { id, database, name, options: decode(options) })
    collection.indexes = indexes.filter((one) => one[1] === id).map(loadIndex)
    known.set(collection.namespace, collection)
  }
}

function loadIndex([id, , specification, multikey]: IndexRecord): OpenIndex {
  return openIndex(id, parseIndexDefinition(decode(specification)), multikey === 1)
}

function makeCollection(
  file: StoreFile,
  record: { id: number; database: string; name: string; options: Fields },
): Collection {
  const namespace = `${record.database}.${record.name}`
  return { file, ...record, namespace, indexes: [], dropped: false, documents: undefined, nextRow: undefined }
}

function idIndexFor(options: Fields): IndexDefinition {
  if (!options['collation']) return ID_INDEX
  return parseIndexDefinition({ ...ID_INDEX.specification, collation: options['collation'] })
}

function insertId(file: StoreFile, sql: string, parameters: (string | number | Uint8Array)[]): number {
  // The transaction must be open before a statement that answers rows is run.
  file.begin()
  return Number((file.statement(sql).get(...parameters) as unknown as [number])[0])
}

function checkName(database: string, name: string): void {
  const namespace = `${database}.${name}`
  if (database === '' || /[/\\. "$\0]/.test(database)) {
    throw new CommandError(73, `Invalid namespace specified '${namespace}'`)
  }
  if (name === '' || name.startsWith('.') || name.includes('$') || name.includes('\0')) {
    throw new CommandError(73, `Invalid namespace specified '${namespace}'`)
  }
  if (Buffer.byteLength(namespace) > 255) {
    throw new CommandError(73, `Fully qualified namespace is too long. Namespace: ${namespace} Max: 255`)
  }
}
