import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectRedis, whenRedisReady } from '../../shared/redis/connect.ts'

export interface TestRedis {
  readonly url: string
  /** Stops the server as a crash would, or for good. */
  stop(): Promise<void>
  /** Starts it again on the same socket; its data is gone. */
  start(): Promise<void>
}

export interface Services {
  readonly directory: string
  readonly mongodbUrl: string
  readonly redisUrl: string
  readonly redis: TestRedis
  stop(): Promise<void>
}

/**
 * A real Redis and a document store of a test file's own, in a temporary directory, so that files run side by side.
 * With `MONGODB_URL` set, a database of its own on that server takes the store's place.
 */
export async function startServices(): Promise<Services> {
  const directory = await temporaryDirectory()
  const redis = await startTestRedis(directory)
  const store = await startTestStore(directory)
  return {
    directory,
    mongodbUrl: store.url,
    redisUrl: redis.url,
    redis,
    async stop() {
      await Promise.all([redis.stop(), store.stop()])
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** A short path: a Unix socket's name has at most 107 bytes. */
export function temporaryDirectory(parent = tmpdir()): Promise<string> {
  return mkdtemp(join(parent, 'sb-'))
}

export async function startTestRedis(directory: string): Promise<TestRedis> {
  const socket = join(directory, 'redis.sock')
  const url = `unix://${socket}`
  let server: ChildProcess | undefined
  const start = async (): Promise<void> => {
    server = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', directory], {
      stdio: 'ignore',
    })
    await untilServing(url)
  }
  await start()
  return {
    url,
    start,
    async stop() {
      if (!server || server.exitCode !== null || server.signalCode !== null) return
      server.kill('SIGKILL')
      await once(server, 'exit')
    },
  }
}

async function untilServing(url: string): Promise<void> {
  const probe = connectRedis({ url, name: 'probe', mode: 'patient' })
  probe.on('error', () => undefined)
  await whenRedisReady(probe, 10_000)
  probe.disconnect()
}

async function startTestStore(directory: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const external = process.env['MONGODB_URL']
  if (external) {
    const url = new URL(external)
    url.pathname = `/signalbox-test-${process.pid}-${Date.now()}`
    return { url: url.toString(), stop: async () => undefined }
  }
  const { createDocumentStore } = await import('../../shared/embedded/document-store/server.ts')
  const socketPath = join(directory, 'store.sock')
  const store = createDocumentStore({ directory: join(directory, 'store'), socketPath })
  await store.listen()
  return { url: `mongodb://${encodeURIComponent(socketPath)}/signalbox`, stop: () => store.close() }
}
