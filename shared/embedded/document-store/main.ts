import { parseArgs } from 'node:util'
import { createDocumentStore, type DocumentStore, type DocumentStoreOptions } from './server.ts'

/*
 * Runs the document store as a process of its own: `main.ts --data DIRECTORY (--socket PATH | --port NUMBER)`. It tells a parent
 * when it is ready, and ends with it.
 */
await start()

async function start(): Promise<void> {
  try {
    const store = createDocumentStore(readArguments())
    const url = await store.listen()
    endWith(store)
    process.send?.({ type: 'ready' })
    process.stdout.write(`document store ready at ${url}\n`)
  } catch (error) {
    process.stderr.write(`document store: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  }
}

function readArguments(): DocumentStoreOptions {
  const { values } = parseArgs({
    options: {
      socket: { type: 'string' },
      port: { type: 'string' },
      host: { type: 'string' },
      data: { type: 'string' },
    },
  })
  const { socket, port, host, data } = values
  if (!data) throw new Error('--data DIRECTORY is missing')
  if ((socket === undefined) === (port === undefined)) throw new Error('give one of --socket PATH and --port NUMBER')
  if (port !== undefined && !/^\d+$/.test(port)) throw new Error(`--port ${port} is not a number`)
  return {
    directory: data,
    ...(socket !== undefined && { socketPath: socket }),
    ...(port !== undefined && { port: Number(port) }),
    ...(host !== undefined && { host }),
  }
}

function endWith(store: DocumentStore): void {
  let ending = false
  const end = (): void => {
    if (ending) return
    ending = true
    void store.close().then(() => process.exit(0))
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  // The parent is gone: a store nobody owns must not hold the data's lock.
  process.on('disconnect', end)
}
