import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StartError } from '../runtime/parse-environment.ts'

/** A Unix socket's path has at most 107 bytes on Linux and 103 elsewhere. */
const LONGEST_SOCKET_PATH = 100
const LOCK = 'start.lock'
const KEY_BYTES = 32

/** The folder of an embedded start, held by this process alone. */
export interface DataDirectory {
  readonly path: string
  readonly redisSocket: string
  readonly storeSocket: string
  /** Lets the next start in. */
  release(): void
}

/**
 * Makes the data directory, private to this user, and takes hold of it.
 *
 * @param path absolute
 * @throws StartError when another start holds it, or when it is a folder of something else
 */
export function openDataDirectory(path: string): DataDirectory {
  makePrivate(path)
  const lock = hold(path)
  const sockets = socketDirectory(path)
  return {
    path,
    redisSocket: join(sockets, 'redis.sock'),
    storeSocket: join(sockets, 'document-store.sock'),
    release: () => lock.close(),
  }
}

function makePrivate(path: string): void {
  if (existsSync(path) && !existsSync(join(path, LOCK)) && readdirSync(path).length > 0) {
    throw new StartError(`DATA_DIR: ${path} holds something else; name a folder that is empty or does not exist yet`)
  }
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    chmodSync(path, 0o700)
  } catch (error) {
    throw new StartError(
      `DATA_DIR: cannot use ${path}: ${error instanceof Error ? error.message : String(error)}`,
      error,
    )
  }
}

/** SQLite's file lock is the kernel's: it cannot outlive its holder, however that dies, and two cannot both get it. */
function hold(path: string): DatabaseSync {
  const lock = new DatabaseSync(join(path, LOCK), { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    throw new StartError(`DATA_DIR: another start is using ${path}; stop it, or set DATA_DIR to another folder`, error)
  }
}

/** Where the sockets go: the data directory, or a private folder with a short name when its own is too long. */
export function socketDirectory(path: string): string {
  if (Buffer.byteLength(join(path, 'document-store.sock')) <= LONGEST_SOCKET_PATH) return path
  const name = createHash('sha256').update(path).digest('hex').slice(0, 16)
  const folder = join(tmpdir(), `signalbox-${process.getuid?.() ?? 0}-${name}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // The folder for temporary files is everybody's: another user may have put this name there first.
  const found = lstatSync(folder)
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new StartError(`DATA_DIR: ${path} is too deep for sockets, and ${folder} belongs to somebody else`)
  }
  chmodSync(folder, 0o700)
  return folder
}

/**
 * The key that seals secrets, made at the first start and kept beside the data it seals.
 *
 * @returns 32 bytes in base64
 */
export function readOrMakeMasterKey(dataDirectory: string): string {
  const file = join(dataDirectory, 'master.key')
  if (!existsSync(file)) {
    writeFileSync(file, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx', flush: true })
  }
  const key = readFileSync(file, 'utf8').trim()
  if (Buffer.from(key, 'base64').length === KEY_BYTES) return key
  throw new StartError(`${file} is damaged: it must hold 32 bytes in base64. Put it back, or set SIGNALBOX_MASTER_KEY`)
}
