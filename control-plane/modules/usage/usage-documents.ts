import type { WorkspaceDocument } from '../../database/workspace-collection.ts'
import type { RollupLevel } from './usage-slots.ts'

/**
 * What was used in a minute, an hour or a day. Its first part says of what revision the others are: they are written
 * before it, and those of other revisions count for nothing.
 */
export interface UsageRollup extends WorkspaceDocument {
  readonly level: RollupLevel
  readonly startsAt: number
  readonly part: number
  readonly parts: number
  readonly revision: string
  /** Of the lease under which it was written: an older one writes no more. */
  readonly epoch: number
  readonly rolledAt: number
  readonly calls: number
  /** Of an hour: whether each of its minutes is there as a rollup of its own. */
  readonly fromMinutes: boolean
  /** See `encode-cells.ts`. */
  readonly counts: Uint8Array
  readonly latencies: Uint8Array
  /** Of a minute: when it is not needed any more. Null: never. */
  readonly expiresAt: Date | null
}

/** A minute in which calls began whose records came after it was rolled up, or are about to come. */
export interface DirtyMinute extends WorkspaceDocument {
  readonly minute: number
  /** New with every mark: whoever has rolled the minute up clears the mark that it saw, and no later one. */
  readonly stamp: string
  /** False: records were announced, and none has come since it was rolled up. */
  readonly pending: boolean
  /** Who announced records and has not said yet that they are there. */
  readonly writers?: readonly string[]
  /** The mark stays until then while there are writers; a writer that takes longer is dead. */
  readonly keepUntil: number
}

/** Who rolls up a workspace. Never deleted: the epoch must rise. */
export interface RollUpLease extends WorkspaceDocument {
  readonly epoch: number
  readonly leasedUntil: number
}
