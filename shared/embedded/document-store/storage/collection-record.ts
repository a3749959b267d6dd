import { CommandError } from '../errors.ts'
import type { OpenIndex } from '../indexes/open-index.ts'
import type { Fields } from '../values/bson-values.ts'
import type { StoreFile } from './store-file.ts'

/** An open collection: what is known of it, and the file its documents are in. */
export interface Collection {
  file: StoreFile
  id: number
  database: string
  name: string
  namespace: string
  options: Fields
  indexes: OpenIndex[]
  dropped: boolean
  /** Counted on first use and kept from then on. */
  documents: number | undefined
  nextRow: number | undefined
}

/** A stored document with its place. */
export interface Row {
  id: number
  bytes: Uint8Array
}

/** A cursor that outlives its collection must fail, not read a table that is gone. */
export function checkAlive(collection: Collection): void {
  if (collection.dropped) {
    throw new CommandError(175, `collection dropped. UUID ${collection.id}`)
  }
}

/** The table of a collection's documents. */
export function documentTable(collection: { id: number }): string {
  return `documents_${collection.id}`
}
