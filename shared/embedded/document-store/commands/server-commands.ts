import { MAX_MESSAGE_BYTES } from '../wire-protocol/frames.ts'
import { isFields } from '../values/bson-values.ts'
import type { Reply } from '../wire-protocol/reply-document.ts'
import type { Command, Store } from './command.ts'

/** The server whose behaviour is followed. Wire version 25 is that of MongoDB 8.0. */
const SERVER_VERSION = '8.0.0'
const MAX_WIRE_VERSION = 25
const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024

/** `hello` and its older names: a standalone server, so no retryable writes and no transactions. */
export function hello(command: Command, store: Store): Reply {
  const primary = command.name === 'hello' ? { isWritablePrimary: true } : { ismaster: true }
  return {
    helloOk: true,
    ...primary,
    maxBsonObjectSize: MAX_DOCUMENT_BYTES,
    maxMessageSizeBytes: MAX_MESSAGE_BYTES,
    maxWriteBatchSize: 100_000,
    localTime: store.now(),
    logicalSessionTimeoutMinutes: 30,
    connectionId: 1,
    minWireVersion: 0,
    maxWireVersion: MAX_WIRE_VERSION,
    readOnly: false,
    // No `compression`: a client that offers any is thereby told to use none.
    ok: 1,
  }
}

/** The `ping` command, and others whose whole answer is yes. */
export function acknowledge(): Reply {
  return { ok: 1 }
}

/** The `buildInfo` command. */
export function buildInfo(): Reply {
  return {
    version: SERVER_VERSION,
    gitVersion: 'signalbox-document-store',
    modules: [],
    allocator: 'system',
    javascriptEngine: 'none',
    versionArray: [...SERVER_VERSION.split('.').map(Number), 0],
    bits: 64,
    debug: false,
    maxBsonObjectSize: MAX_DOCUMENT_BYTES,
    storageEngines: ['sqlite'],
    ok: 1,
  }
}

/** The `serverStatus` command. */
export function serverStatus(_: Command, store: Store): Reply {
  const uptime = (store.now().getTime() - store.startedAt.getTime()) / 1000
  const { rss } = process.memoryUsage()
  return {
    host: 'localhost',
    version: SERVER_VERSION,
    process: 'signalbox-document-store',
    pid: process.pid,
    uptime,
    localTime: store.now(),
    connections: { current: store.connections(), available: 1000 },
    mem: { bits: 64, resident: Math.round(rss / 1_048_576), supported: true },
    metrics: { cursor: { open: { total: store.cursors.size() } } },
    storageEngine: { name: 'sqlite', supportsCommittedReads: true, persistent: true },
    ok: 1,
  }
}

/** The `connectionStatus` command: nobody logs in to a store that only its own machine reaches. */
export function connectionStatus(): Reply {
  return { authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] }, ok: 1 }
}

/** The `getParameter` command, as far as drivers ask. */
export function getParameter(command: Command, store: Store): Reply {
  const known: Record<string, unknown> = {
    featureCompatibilityVersion: { version: '8.0' },
    enableTestCommands: store.failPoints.enabled,
  }
  const asked = command.body['getParameter'] === '*' || isFields(command.body['getParameter'])
  const named = Object.entries(known).filter(([name]) => asked || command.body[name] !== undefined)
  return { ...Object.fromEntries(named), ok: 1 }
}

/** The `hostInfo` command. */
export function hostInfo(_: Command, store: Store): Reply {
  return {
    system: { currentTime: store.now(), hostname: 'localhost', cpuAddrSize: 64 },
    os: { type: process.platform },
    ok: 1,
  }
}

/** The `configureFailPoint` command, for stores started with test commands. */
export function configureFailPoint(command: Command, store: Store): Reply {
  store.failPoints.configure(command.body)
  return { ok: 1 }
}

/** The `endSessions` command. */
export function endSessions(command: Command, store: Store): Reply {
  store.sessions.end(command.body['endSessions'])
  return { ok: 1 }
}
