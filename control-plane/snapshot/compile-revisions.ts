import { CATALOG } from '../../shared/redis/keys.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { decodeSnapshot, encodeSnapshot, type EncodedSnapshot } from '../../shared/snapshot/snapshot-codec.ts'
import {
  catalogSnapshotSchema,
  workspaceSnapshotSchema,
  type WorkspaceSnapshot,
} from '../../shared/snapshot/snapshot-schema.ts'
import { invalidSnapshot, type SnapshotsService } from '../modules/snapshots/index.ts'
import { applyPin } from './apply-pin.ts'
import { compileCatalogSnapshot, compileWorkspaceSnapshot } from './compile-snapshot.ts'
import type { SnapshotSources } from './collect-sources.ts'

export interface Revisions {
  /** What is to be served: the newest, or a pinned one with today's keys. */
  readonly served: EncodedSnapshot
  readonly keyHashes: ReadonlySet<string>
  /** What a workspace's sources compile to, served or not. Null: it is the catalog's, or could not be served. */
  readonly newest: (EncodedSnapshot & { readonly snapshot: WorkspaceSnapshot }) | null
}

/**
 * Reads the sources and compiles them. Null: there is no such workspace.
 *
 * @throws SignalboxError `invalid_snapshot` when what is to be served does not have the agreed form
 */
export type CompileRevisions = (snapshotId: string) => Promise<Revisions | null>

interface Deps {
  readonly sources: SnapshotSources
  readonly states: Pick<SnapshotsService, 'findPinned'>
  readonly logger: Logger
}

export function createCompileRevisions({ sources, states, logger }: Deps): CompileRevisions {
  return async (snapshotId) => (snapshotId === CATALOG ? compileCatalog() : compileWorkspace(snapshotId))

  async function compileCatalog(): Promise<Revisions> {
    const snapshot = compileCatalogSnapshot(await sources.ofCatalog())
    return { served: encodeChecked(CATALOG, catalogSnapshotSchema, snapshot), keyHashes: new Set(), newest: null }
  }

  async function compileWorkspace(workspaceId: string): Promise<Revisions | null> {
    const [found, pinned] = await Promise.all([sources.ofWorkspace(workspaceId), states.findPinned(workspaceId)])
    if (found === null) return null
    const snapshot = compileWorkspaceSnapshot(found)
    const keyHashes = new Set(snapshot.keys.map((key) => key.hash))
    if (pinned !== null && pinned.snapshot === null) {
      const facts = { snapshotId: workspaceId, revision: pinned.revision }
      logger.error(facts, 'the pinned revision cannot be read by this version; the newest is served in its place')
    }
    if (!pinned?.snapshot) {
      const served = encodeChecked(workspaceId, workspaceSnapshotSchema, snapshot)
      return { served, keyHashes, newest: { ...served, snapshot } }
    }
    const served = encodeChecked(workspaceId, workspaceSnapshotSchema, applyPin(snapshot, pinned.snapshot))
    return { served, keyHashes, newest: encodeUnserved(workspaceId, snapshot) }
  }

  function encodeChecked(snapshotId: string, schema: Schema, snapshot: object): EncodedSnapshot {
    const encoded = encodeSnapshot(snapshot)
    try {
      decodeSnapshot(schema, encoded.bytes, encoded.revision)
    } catch (error) {
      logger.error({ err: error, snapshotId }, 'a snapshot is invalid and was not published; the last one is served')
      throw invalidSnapshot({ snapshotId }, { cause: error })
    }
    return encoded
  }

  /** An invalid one behind a pin must not keep a revoked key from being taken out of what is served. */
  function encodeUnserved(snapshotId: string, snapshot: WorkspaceSnapshot): Revisions['newest'] {
    const checked = workspaceSnapshotSchema.safeParse(snapshot)
    if (checked.success) return { ...encodeSnapshot(snapshot), snapshot }
    logger.error(
      { err: checked.error, snapshotId },
      'the newest snapshot is invalid: it cannot be served after the pin',
    )
    return null
  }
}

type Schema = typeof catalogSnapshotSchema | typeof workspaceSnapshotSchema
