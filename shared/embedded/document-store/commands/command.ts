import type { FailPoints } from './fail-points.ts'
import type { Catalog } from '../storage/catalog.ts'
import type { Cursors } from '../cursors.ts'
import { CommandError } from '../errors.ts'
import type { Sessions } from '../sessions.ts'
import type { Collection } from '../storage/collection-record.ts'
import { bsonType, decode, type Fields, isFields, isNumeric, toNumber } from '../values/bson-values.ts'
import type { Reply } from '../wire-protocol/reply-document.ts'

/** A command as it came off the wire. */
export interface Command {
  name: string
  body: Fields
  database: string
  /** Documents that came in sequences of their own, still encoded. */
  sequences: Map<string, Uint8Array[]>
}

/** What the commands work on. */
export interface Store {
  catalog: Catalog
  cursors: Cursors
  now: () => Date
  startedAt: Date
  failPoints: FailPoints
  sessions: Sessions
  connections: () => number
}

export type Handler = (command: Command, store: Store) => Reply

/** The collection name a command's first field gives. */
export function collectionName(command: Command): string {
  const name = command.body[command.name]
  if (typeof name !== 'string') {
    throw new CommandError(73, `collection name has invalid type ${bsonType(name)}`)
  }
  if (name === '') throw new CommandError(73, `Invalid namespace specified '${command.database}.'`)
  return name
}

/** The collection a command is about, when it exists. */
export function findCollection(command: Command, store: Store): Collection | undefined {
  return store.catalog.find(command.database, collectionName(command))
}

/** The documents of a field that may come in the body or in a sequence. */
export function documentsOf(command: Command, field: string): { document: Fields; bytes?: Uint8Array }[] {
  const sequence = command.sequences.get(field)
  if (sequence) return sequence.map((bytes) => ({ document: decode(bytes), bytes }))
  const documents = command.body[field]
  if (!Array.isArray(documents)) {
    throw new CommandError(40414, `BSON field '${command.name}.${field}' is missing but a required field`)
  }
  return documents.map((document) => {
    if (!isFields(document))
      throw new CommandError(
        14,
        `BSON field '${command.name}.${field}.0' is the wrong type '${bsonType(document)}', expected type 'object'`,
      )
    return { document }
  })
}

/** A whole number that must not be negative; absent means zero. */
export function countArgument(command: Command, field: string): number {
  const value = command.body[field]
  if (value === undefined || value === null) return 0
  if (!isNumeric(value))
    throw new CommandError(
      14,
      `BSON field '${command.name}.${field}' is the wrong type '${bsonType(value)}', expected types '[long, int, decimal, double']`,
    )
  const number = toNumber(value)
  if (number < 0) throw new CommandError(51024, `BSON field '${field}' value must be >= 0, actual value '${number}'`)
  return Math.trunc(number)
}

/** A document argument; absent means empty. */
export function documentArgument(command: Command, field: string): Fields {
  const value = command.body[field]
  if (value === undefined || value === null) return {}
  if (!isFields(value)) {
    throw new CommandError(
      14,
      `BSON field '${command.name}.${field}' is the wrong type '${bsonType(value)}', expected type 'object'`,
    )
  }
  return value
}
