import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { delimiter, join } from 'node:path'
import { connectRedis, whenRedisReady } from '../redis/connect.ts'
import { StartError } from '../runtime/parse-environment.ts'
import { signalGroup, type Part, type Running } from './running.ts'

const SERVERS = ['redis-server', 'valkey-server']
const LONGEST_LOG_BYTES = 1_000_000
/** Reading a large append-only file takes its time; the supervisor has a limit of its own. */
const READY_LIMIT_MS = 60_000
const LEFTOVER_LIMIT_MS = 5_000

/**
 * Redis does not end when its parent is killed, so a shell stands between: its standard input is a pipe from us, and
 * when that closes, Redis is told to end. The delay gives the other processes, which end for the same reason, the time
 * to write what they still hold. `$0` is the delay in seconds, the rest is the command.
 */
const GUARD = `
exec 3<&0
"$@" 3<&- &
server=$!
{ read -r _ <&3; sleep "$0"; kill -TERM "$server"; } &
watcher=$!
trap : TERM
while kill -0 "$server" 2>/dev/null; do wait "$server"; code=$?; done
kill "$watcher" 2>/dev/null
exit "$code"
`
const GUARD_DELAY_SECONDS = '2'

interface RedisOptions {
  /** Where its data goes. */
  readonly directory: string
  readonly socket: string
  /** The PATH it is looked for on. */
  readonly path: string | undefined
}

/** The real Redis, on a socket alone, keeping everything it was told to within a second. */
export function redisPart({ directory, socket, path }: RedisOptions): Part {
  return {
    name: 'redis',
    async launch() {
      const server = findServer(path)
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      // One whose supervisor was killed may still be writing to this directory.
      await endLeftoverRedis(socket)
      rmSync(socket, { force: true })
      return run({ server, directory, socket, path })
    },
  }
}

/** @throws StartError when there is none */
export function findServer(path: string | undefined): string {
  const folders = (path ?? '').split(delimiter).filter(Boolean)
  const found = SERVERS.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => existsSync(file))
  if (found) return found
  throw new StartError(`No ${SERVERS.join(' or ')} is on PATH: install one, or set REDIS_URL`)
}

function settings({ directory, socket }: Pick<RedisOptions, 'directory' | 'socket'>): string[] {
  const given = {
    port: '0',
    unixsocket: socket,
    unixsocketperm: '700',
    dir: directory,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
    daemonize: 'no',
    loglevel: 'warning',
    logfile: '',
  }
  return Object.entries(given).flatMap(([name, value]) => [`--${name}`, value])
}

function run({ server, directory, socket, path }: RedisOptions & { readonly server: string }): Running {
  const log = join(directory, 'redis.log')
  const logStart = existsSync(log) && statSync(log).size < LONGEST_LOG_BYTES ? statSync(log).size : 0
  const output = openSync(log, logStart === 0 ? 'w' : 'a', 0o600)
  const child = spawn('/bin/sh', ['-c', GUARD, GUARD_DELAY_SECONDS, server, ...settings({ directory, socket })], {
    // No LANG: newer servers refuse to start with one that the machine does not have.
    env: { PATH: path },
    detached: true,
    stdio: ['pipe', output, output],
  })
  closeSync(output)
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, name) => resolve(name ?? `exit code ${code}`))
    child.once('error', (error) => resolve(error.message))
  })
  return {
    pid: child.pid ?? 0,
    ready: whenServing(socket, ended),
    ended,
    // Closing the pipe would do as well, after the guard's delay.
    stop: () => signalGroup(child, 'SIGTERM'),
    kill: () => signalGroup(child, 'SIGKILL'),
    lastWords: () => readFileSync(log, 'utf8').slice(logStart).trim().split('\n').slice(-3).join('\n'),
  }
}

async function whenServing(socket: string, ended: Promise<string>): Promise<void> {
  const redis = connectRedis({ url: `unix://${socket}`, name: 'start', mode: 'patient' })
  // Until the socket is there, each attempt fails.
  redis.on('error', () => undefined)
  try {
    const gone = ended.then(() => new Promise<never>(() => undefined))
    void ended.then(() => redis.disconnect())
    await Promise.race([whenRedisReady(redis, READY_LIMIT_MS), gone])
  } finally {
    redis.disconnect()
  }
}

/** Ends a Redis that still listens on our socket, and waits until it is gone. */
async function endLeftoverRedis(socket: string): Promise<void> {
  const connection = connect(socket)
  connection.setTimeout(LEFTOVER_LIMIT_MS, () => connection.destroy(new Error('it does not answer')))
  try {
    await once(connection, 'connect')
  } catch {
    return
  }
  connection.write('SHUTDOWN\r\n')
  connection.resume()
  try {
    await once(connection, 'close')
  } catch (error) {
    throw new StartError(`A Redis of an earlier start listens on ${socket} and does not end`, error)
  }
}
