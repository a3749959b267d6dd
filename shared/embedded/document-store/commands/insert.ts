import { ObjectId, Timestamp } from 'bson'
import { CommandError } from '../errors.ts'
import { insertDocument } from '../storage/collection.ts'
import type { Collection } from '../storage/collection-record.ts'
import { bsonType, encode, type Fields, isFields, setField, type Value } from '../values/bson-values.ts'
import type { Reply } from '../wire-protocol/reply-document.ts'
import { collectionName, type Command, documentsOf, type Store } from './command.ts'
import { checkBatchSize, isOrdered, runEach } from './write-errors.ts'
import { checkValid } from './validation.ts'

/** The `insert` command. */
export function insert(command: Command, store: Store): Reply {
  const name = collectionName(command)
  const documents = documentsOf(command, 'documents')
  checkBatchSize(documents.length)
  const collection = store.catalog.ensure(command.database, name)
  const bypass = command.body['bypassDocumentValidation'] === true
  let inserted = 0
  const writeErrors = runEach(documents, isOrdered(command), ({ document, bytes }) => {
    insertOne(collection, { document, bytes, bypass })
    inserted++
  })
  return { n: inserted, ...(writeErrors.length > 0 && { writeErrors }), ok: 1 }
}

export interface NewDocument {
  document: Fields
  bytes?: Uint8Array | undefined
  bypass: boolean
}

/** Stores one document, giving it an `_id` where it has none. */
export function insertOne(collection: Collection, { document, bytes, bypass }: NewDocument): void {
  if (Object.keys(document)[0] === '_id' && !hasEmptyTimestamp(document)) {
    checkId(document['_id'])
    if (!bypass) checkValid(collection, document)
    return insertDocument(collection, document, bytes)
  }
  const complete = withIdFirst(document)
  checkId(complete['_id'])
  if (!bypass) checkValid(collection, complete)
  insertDocument(collection, complete, encode(complete))
}

function withIdFirst(document: Fields): Fields {
  const complete: Fields = { _id: document['_id'] === undefined ? new ObjectId() : document['_id'] }
  for (const key of Object.keys(document)) {
    if (key !== '_id') setField(complete, key, isEmptyTimestamp(document[key]) ? currentTimestamp() : document[key])
  }
  return complete
}

/** A zero timestamp at the top of a document means now. */
function hasEmptyTimestamp(document: Fields): boolean {
  return Object.values(document).some(isEmptyTimestamp)
}

function isEmptyTimestamp(value: Value): boolean {
  return value instanceof Timestamp && value.isZero()
}

function currentTimestamp(): Timestamp {
  return new Timestamp({ t: Math.floor(Date.now() / 1000), i: 1 })
}

function checkId(id: Value): void {
  const type = bsonType(id)
  if (type === 'array' || type === 'regex' || type === 'undefined') {
    throw new CommandError(53, `The '_id' value cannot be of type ${type}`)
  }
  const dollar = isFields(id) ? Object.keys(id).find((key) => key.startsWith('$')) : undefined
  if (dollar !== undefined) {
    throw new CommandError(52, `_id fields may not contain '$'-prefixed fields: ${dollar} is not valid for storage.`)
  }
}
