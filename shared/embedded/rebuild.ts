import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runProcess, StartError } from '../runtime/parse-environment.ts'
import { childEnvironments } from './child-environment.ts'
import { readOrMakeMasterKey, socketDirectory } from './data-directory.ts'
import { readEnvironment, type StartEnvironment } from './environment.ts'

/** The compiled tree. */
const ENTRY = join(import.meta.dirname, '../../control-plane/rebuild/main.js')

// `npm run rebuild`: with the environment of `npm start`, so that the embedded Redis and document store are found, too.
await runProcess(async () => {
  const environment = readEnvironment()
  const { worker } = childEnvironments(environment, addressesOf(environment))
  const options = ['--disable-warning=ExperimentalWarning', ENTRY, ...process.argv.slice(2)]
  const child = spawn(process.execPath, options, { env: { ...worker }, stdio: 'inherit' })
  const [code, signal]: unknown[] = await once(child, 'exit')
  if (signal) throw new StartError(`the rebuild was ended by ${String(signal)}`)
  process.exitCode = Number(code)
})

/** Of servers of one's own, or of those that a start in the data directory runs now. */
function addressesOf({ dataDirectory, mongodbUrl, redisUrl, masterKey }: StartEnvironment) {
  const isOwn = mongodbUrl !== null && redisUrl !== null
  const sockets = isOwn ? null : socketDirectory(dataDirectory)
  const socketOf = (name: string): string => {
    const socket = join(sockets ?? dataDirectory, name)
    if (existsSync(socket)) return socket
    throw new StartError(
      `nothing runs in ${dataDirectory} (DATA_DIR): start it first (npm start), or set MONGODB_URL and REDIS_URL`,
    )
  }
  return {
    mongodbUrl: mongodbUrl ?? `mongodb://${encodeURIComponent(socketOf('document-store.sock'))}/signalbox`,
    redisUrl: redisUrl ?? `unix://${socketOf('redis.sock')}`,
    masterKey: masterKey ?? readMasterKey(dataDirectory),
  }
}

/** None is made here: one that sealed nothing would open nothing. */
function readMasterKey(dataDirectory: string): string {
  if (existsSync(join(dataDirectory, 'master.key'))) return readOrMakeMasterKey(dataDirectory)
  throw new StartError('SIGNALBOX_MASTER_KEY is required: the one that Signalbox runs with')
}
