import { CommandError } from './errors.ts'

/** An open cursor: what is left of an answer. */
export interface OpenCursor {
  id: bigint
  namespace: string
  documents: Iterator<Uint8Array>
  lastUsed: number
  noTimeout: boolean
}

export interface Batch {
  documents: Uint8Array[]
  done: boolean
}

export interface Cursors {
  open: (namespace: string, documents: Iterator<Uint8Array>, noTimeout: boolean) => bigint
  take: (id: bigint, namespace: string) => OpenCursor
  kill: (id: bigint, namespace?: string) => boolean
  /** Closes cursors nobody has asked for in ten minutes, as the real server does. */
  expire: () => number
  size: () => number
}

const IDLE_MS = 10 * 60 * 1000
/** A reply carries at most one document over this, so that it stays under the message limit. */
const BATCH_BYTES = 16 * 1024 * 1024

/** The store's open cursors. */
export function createCursors({ now, randomId }: { now: () => number; randomId: () => bigint }): Cursors {
  const cursors = new Map<bigint, OpenCursor>()
  return {
    open: (namespace, documents, noTimeout) => {
      const id = randomId()
      cursors.set(id, { id, namespace, documents, lastUsed: now(), noTimeout })
      return id
    },
    take: (id, namespace) => {
      const cursor = cursors.get(id)
      if (!cursor) throw new CommandError(43, `cursor id ${id} not found`)
      if (cursor.namespace !== namespace) {
        throw new CommandError(
          13,
          `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace ${cursor.namespace}`,
        )
      }
      cursor.lastUsed = now()
      return cursor
    },
    kill: (id, namespace) => {
      const cursor = cursors.get(id)
      if (!cursor || (namespace !== undefined && cursor.namespace !== namespace)) return false
      return cursors.delete(id)
    },
    expire: () => {
      const before = cursors.size
      for (const cursor of cursors.values()) {
        if (!cursor.noTimeout && now() - cursor.lastUsed > IDLE_MS) cursors.delete(cursor.id)
      }
      return before - cursors.size
    },
    size: () => cursors.size,
  }
}

/** Takes up to `count` documents, and no more than one reply holds. */
export function takeBatch(documents: Iterator<Uint8Array>, count: number): Batch {
  const batch: Uint8Array[] = []
  let bytes = 0
  while (batch.length < count && bytes < BATCH_BYTES) {
    const next = documents.next()
    if (next.done) return { documents: batch, done: true }
    batch.push(next.value)
    bytes += next.value.length
  }
  return { documents: batch, done: false }
}
