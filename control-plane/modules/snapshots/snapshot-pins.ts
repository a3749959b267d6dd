import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { WorkspaceSnapshot } from '../../../shared/snapshot/snapshot-schema.ts'
import { unpackSnapshot } from './pack-snapshot.ts'
import { revisionNotKept } from './snapshots.errors.ts'
import type { SnapshotPin, SnapshotReadModel } from './snapshots.read-model.ts'

export interface NewPin {
  /** A revision of the workspace, or its first digits. */
  readonly revision: string
  readonly reason: string
  readonly pinnedBy: string
}

export interface SnapshotPins {
  /** Has an earlier revision's routing served until it is released; in the place of another pin, if there is one. */
  pin(workspaceId: string, pin: NewPin): Promise<SnapshotPin>
  /** Has the newest served again. False: nothing was pinned. */
  release(workspaceId: string): Promise<boolean>
  /** What is pinned; its snapshot is null when this program cannot read it any more. Null: nothing is. */
  findPinned(workspaceId: string): Promise<{ revision: string; snapshot: WorkspaceSnapshot | null } | null>
}

/** Somebody must know that changes are not served. */
export interface PinAlerts {
  raise(workspaceId: string, message: string): Promise<void>
  resolve(workspaceId: string): Promise<void>
}

interface Deps {
  readonly pins: WorkspaceCollection<SnapshotPin>
  readonly findRevision: SnapshotReadModel['findRevision']
  /** Makes a change that serving must see. */
  readonly change: <Result>(workspaceId: string, apply: () => Promise<Result>) => Promise<Result>
  readonly alerts: PinAlerts
  readonly clock: Clock
}

export function createSnapshotPins({ pins, findRevision, change, alerts, clock }: Deps): SnapshotPins {
  return {
    async pin(workspaceId, { revision: named, reason, pinnedBy }) {
      const { revision, content } = await findRevision(workspaceId, named, 'revision')
      if (content === null || !(await isReadable(content))) throw revisionNotKept({ revision }, { param: 'revision' })
      const fields = { revision, content, reason, pinnedBy, pinnedAt: clock.now() }
      // Before the pin: a crash in between leaves an alert too many, and never a pin that nobody was told of.
      await alerts.raise(workspaceId, describe(revision, reason))
      await change(workspaceId, () => pins.upsertEach([{ _id: workspaceId, workspaceId, update: { $set: fields } }]))
      return { _id: workspaceId, workspaceId, ...fields }
    },

    async release(workspaceId) {
      const pinned = await pins.findOne(workspaceId, {})
      const released = pinned !== null && (await change(workspaceId, () => pins.delete(workspaceId, {})))
      await alerts.resolve(workspaceId)
      return released
    },

    async findPinned(workspaceId) {
      const pinned = await pins.findOne(workspaceId, {})
      if (!pinned) return null
      return { revision: pinned.revision, snapshot: await unpackSnapshot(pinned.content).catch(() => null) }
    },
  }
}

async function isReadable(content: SnapshotPin['content']): Promise<boolean> {
  return unpackSnapshot(content).then(
    () => true,
    () => false,
  )
}

function describe(revision: string, reason: string): string {
  return (
    `The routing of revision ${revision} is served, and no later one: "${reason}". ` +
    'Changes of routers, A/B tests and models wait until it is released (releaseSnapshotPin).'
  )
}
