import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { createDocumentStore } from '../../../shared/embedded/document-store/server.ts'

/** The server under test. */
export interface Target {
  url: string
  version: string
  topology: 'single' | 'replicaset' | 'sharded'
  /** Whether it accepts `configureFailPoint`. */
  testCommands: boolean
  /** Whether it is the document store, which has no views. */
  refusesViews: boolean
  client: MongoClient
  close: () => Promise<void>
}

/** Connects to a server, or starts a store in a directory that goes away with it. */
export async function startTarget(url: string | undefined): Promise<Target> {
  if (url !== undefined) return connect(url, async () => undefined)
  const directory = mkdtempSync(join(tmpdir(), 'document-store-conformance-'))
  const store = createDocumentStore({ directory, socketPath: join(directory, 'store.sock'), testCommands: true })
  return connect(await store.listen(), async () => {
    await store.close()
    rmSync(directory, { recursive: true, force: true })
  })
}

async function connect(url: string, stop: () => Promise<void>): Promise<Target> {
  const client = await new MongoClient(url).connect()
  const admin = client.db('admin')
  const { version, storageEngines } = await admin.command({ buildInfo: 1 })
  const hello = await admin.command({ hello: 1 })
  const parameters = await admin
    .command({ getParameter: 1, enableTestCommands: 1 })
    .catch(() => ({ enableTestCommands: false }))
  return {
    url,
    version,
    topology: hello['msg'] === 'isdbgrid' ? 'sharded' : hello['setName'] ? 'replicaset' : 'single',
    testCommands: Boolean(parameters['enableTestCommands']),
    refusesViews: [storageEngines].flat().includes('sqlite'),
    client,
    close: async () => {
      await client.close()
      await stop()
    },
  }
}
