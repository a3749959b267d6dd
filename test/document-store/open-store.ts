import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Db, MongoClient } from 'mongodb'
import { createDocumentStore, type DocumentStore } from '../../shared/embedded/document-store/server.ts'

/** A store in a directory of its own, with a client. */
export interface OpenStore {
  store: DocumentStore
  client: MongoClient
  database: Db
  url: string
  socketPath: string
  directory: string
  close: () => Promise<void>
}

/** Starts a store for one test file. */
export async function openStore(options: { now?: () => Date } = {}): Promise<OpenStore> {
  const directory = mkdtempSync(join(tmpdir(), 'document-store-test-'))
  const socketPath = join(directory, 'store.sock')
  const store = createDocumentStore({ directory, socketPath, ...options })
  const url = await store.listen()
  const client = await new MongoClient(url).connect()
  return {
    store,
    client,
    database: client.db('test'),
    url,
    socketPath,
    directory,
    close: async () => {
      await client.close()
      await store.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
