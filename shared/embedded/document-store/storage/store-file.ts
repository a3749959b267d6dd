/*
 * The one SQLite file of a store. Every change joins the transaction that is open, and everyone who must not answer before the
 * change is on disk waits in `settled`; one commit, one fsync, then answers all of them. A failed commit answers all with the error.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'

/**
 * The fsync policy, in one place: WAL with `synchronous = FULL` syncs the log on every commit, so an answered write survives
 * a power cut as well as a killed process.
 */
const PRAGMAS = `
  PRAGMA page_size = 8192;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA wal_autocheckpoint = 2000;
  PRAGMA cache_size = -16384;
  PRAGMA temp_store = MEMORY;
`
const SQLITE_BUSY = 5
/** Statements of dropped collections must not pile up. */
const MAX_STATEMENTS = 2000

export type Settled = (error?: Error) => void
export type Parameter = number | string | Uint8Array | null

export interface StoreFile {
  /** A prepared statement that returns rows as arrays; the same text gives the same statement. */
  statement: (sql: string) => StatementSync
  /** Opens the shared transaction if none is open. */
  begin: () => void
  /** Runs a statement that changes data, opening the shared transaction if none is open. */
  change: (sql: string, ...parameters: Parameter[]) => number
  /** Runs schema changes inside the shared transaction. */
  define: (sql: string) => void
  /** How many changes were made since the store was opened, so that a caller can tell whether it made any. */
  changes: () => number
  /** Calls back once everything changed so far is on disk; at once when nothing is pending. */
  settled: (callback: Settled) => void
  /** Commits what is pending. */
  flush: () => void
  /** Gives up everything that is pending, and tells those who wait for it why. */
  rollback: (reason: Error) => void
  fileBytes: () => number
  close: () => void
}

/** Opens (or creates) the store's file. `onRollback` is told when changes thought made were undone. */
export function openStoreFile(file: string, onRollback: () => void): StoreFile {
  const sqlite = openSqlite(file)
  const { statement, forget } = createStatements(sqlite)
  const { begin, settled, flush, rollback } = createGroupCommit(sqlite, onRollback)
  let changes = 0
  return {
    statement,
    begin,
    changes: () => changes,
    change: (sql, ...parameters) => {
      begin()
      changes++
      return Number(statement(sql).run(...parameters).changes)
    },
    define: (sql) => {
      begin()
      changes++
      sqlite.exec(sql)
    },
    settled,
    flush,
    rollback,
    fileBytes: () => fileBytes(statement),
    close: () => {
      flush()
      forget()
      sqlite.close()
    },
  }
}

function openSqlite(file: string): DatabaseSync {
  const sqlite = new DatabaseSync(file)
  try {
    sqlite.exec(PRAGMAS)
    // The exclusive lock is taken by the first transaction, so a second process fails here and not later.
    sqlite.exec('BEGIN IMMEDIATE; COMMIT')
    return sqlite
  } catch (error) {
    sqlite.close()
    throw isBusy(error) ? new Error(`${file} is in use by another process`, { cause: error }) : error
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && (error as { errcode?: number }).errcode === SQLITE_BUSY
}

function createStatements(sqlite: DatabaseSync): { statement: StoreFile['statement']; forget: () => void } {
  const statements = new Map<string, StatementSync>()
  return {
    statement: (sql) => {
      const known = statements.get(sql)
      if (known) return known
      if (statements.size >= MAX_STATEMENTS) statements.clear()
      const prepared = sqlite.prepare(sql)
      prepared.setReturnArrays(true)
      statements.set(sql, prepared)
      return prepared
    },
    forget: () => statements.clear(),
  }
}

type GroupCommit = Pick<StoreFile, 'begin' | 'settled' | 'flush' | 'rollback'>

function createGroupCommit(sqlite: DatabaseSync, onRollback: () => void): GroupCommit {
  let open = false
  let waiting: Settled[] = []
  const release = (error?: Error): void => {
    const callbacks = waiting
    waiting = []
    for (const callback of callbacks) callback(error)
  }
  const rollback = (reason: Error): void => {
    if (open) {
      open = false
      if (sqlite.isTransaction) sqlite.exec('ROLLBACK')
      onRollback()
    }
    release(reason)
  }
  const flush = (): void => {
    if (!open) return
    try {
      sqlite.exec('COMMIT')
    } catch (error) {
      return rollback(error instanceof Error ? error : new Error(String(error)))
    }
    open = false
    release()
  }
  return {
    begin: () => {
      if (open) return
      sqlite.exec('BEGIN IMMEDIATE')
      open = true
    },
    settled: (callback) => {
      if (!open) return callback()
      waiting.push(callback)
      // All sockets that are readable are read before the check phase, so their writes share this commit.
      if (waiting.length === 1) setImmediate(flush)
    },
    flush,
    rollback,
  }
}

function fileBytes(statement: (sql: string) => StatementSync): number {
  const pragma = (name: string): number => Number((statement(`PRAGMA ${name}`).get() as unknown as [number])[0])
  return pragma('page_count') * pragma('page_size')
}
