import type { AnyBulkWriteOperation, ClientBulkWriteModel, Collection, Db, Document, MongoClient } from 'mongodb'

/** The things a test names and works on. */
export interface Entities {
  clients: Map<string, MongoClient>
  databases: Map<string, Db>
  collections: Map<string, Collection>
}

export interface Operation {
  name: string
  object: string
  arguments?: Document
}

type Run = (target: never, rest: Document) => Promise<unknown>

/** Runs one operation of a test through the driver. */
export async function runOperation(
  entities: Entities,
  { name, object, arguments: given = {} }: Operation,
): Promise<unknown> {
  const collection = entities.collections.get(object)
  const database = entities.databases.get(object)
  const client = entities.clients.get(object)
  const [table, target] = collection ? [COLLECTION, collection] : database ? [DATABASE, database] : [CLIENT, client]
  const run = table[name]
  if (!run || !target) throw new Error(`the runner does not know ${object}.${name}`)
  return run(target as never, { ...given })
}

const COLLECTION: Record<string, Run> = {
  aggregate: (collection: Collection, { pipeline, ...options }) => collection.aggregate(pipeline, options).toArray(),
  bulkWrite: (collection: Collection, { requests, ...options }) =>
    collection.bulkWrite(requests as AnyBulkWriteOperation[], options),
  count: (collection: Collection, { filter, ...options }) => collection.count(filter, options),
  countDocuments: (collection: Collection, { filter, ...options }) => collection.countDocuments(filter, options),
  createIndex: (collection: Collection, { keys, ...options }) => collection.createIndex(keys, options),
  deleteMany: (collection: Collection, { filter, ...options }) => collection.deleteMany(filter, options),
  deleteOne: (collection: Collection, { filter, ...options }) => collection.deleteOne(filter, options),
  distinct: (collection: Collection, { fieldName, filter, ...options }) =>
    collection.distinct(fieldName, filter, options),
  estimatedDocumentCount: (collection: Collection, options) => collection.estimatedDocumentCount(options),
  find: (collection: Collection, { filter, ...options }) => collection.find(filter, options).toArray(),
  findOne: (collection: Collection, { filter, ...options }) => collection.findOne(filter, options),
  findOneAndDelete: (collection: Collection, { filter, ...options }) => collection.findOneAndDelete(filter, options),
  findOneAndReplace: (collection: Collection, { filter, replacement, ...options }) =>
    collection.findOneAndReplace(filter, replacement, translate(options)),
  findOneAndUpdate: (collection: Collection, { filter, update, ...options }) =>
    collection.findOneAndUpdate(filter, update, translate(options)),
  insertMany: (collection: Collection, { documents, ...options }) => collection.insertMany(documents, options),
  insertOne: (collection: Collection, { document, ...options }) => collection.insertOne(document, options),
  replaceOne: (collection: Collection, { filter, replacement, ...options }) =>
    collection.replaceOne(filter, replacement, options),
  updateMany: (collection: Collection, { filter, update, ...options }) =>
    collection.updateMany(filter, update, options),
  updateOne: (collection: Collection, { filter, update, ...options }) => collection.updateOne(filter, update, options),
}

const DATABASE: Record<string, Run> = {
  aggregate: (database: Db, { pipeline, ...options }) => database.aggregate(pipeline, options).toArray(),
  createCollection: (database: Db, { collection, ...options }) => database.createCollection(collection, options),
  dropCollection: (database: Db, { collection }) => database.dropCollection(collection),
  modifyCollection: (database: Db, { collection, ...options }) => database.command({ collMod: collection, ...options }),
  runCommand: (database: Db, { command }) => database.command(command),
}

const CLIENT: Record<string, Run> = {
  clientBulkWrite: async (client: MongoClient, { models, ...options }) => {
    const result = await client.bulkWrite(
      (models as Document[]).map((model) => {
        const [name = '', fields = {}] = Object.entries(model)[0] ?? []
        return { name, ...(fields as Document) } as unknown as ClientBulkWriteModel<Document>
      }),
      options,
    )
    // The driver adds this field of its own to what the tests know.
    for (const update of result.updateResults?.values() ?? []) delete (update as Document)['didUpsert']
    return result
  },
}

function translate(options: Document): Document {
  const { returnDocument, ...rest } = options
  return returnDocument === undefined ? rest : { ...rest, returnDocument: String(returnDocument).toLowerCase() }
}
