import { randomFillSync } from 'node:crypto'
import { monotonicFactory } from 'ulid'
import { inOnePiece } from './in-one-piece.ts'

/** Makes ids: 26 characters, sorted by the time they were made. */
export type CreateId = () => string

const nextUlid = monotonicFactory(nextRandom)

/** ULIDs (https://github.com/ulid/spec), rising within one process even inside one millisecond. */
export const createId: CreateId = () => inOnePiece(nextUlid())

/** Randomness is drawn in blocks: a call to the system for each character would cost more than the rest of the id. */
const block = new Uint8Array(4_096)
let used = block.length

function nextRandom(): number {
  if (used === block.length) {
    randomFillSync(block)
    used = 0
  }
  const byte = block[used] ?? 0
  used += 1
  return byte / 256
}
