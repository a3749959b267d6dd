import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { createSnapshotPins, type PinAlerts, type SnapshotPins } from './snapshot-pins.ts'
import { createSnapshotRevisions, type SnapshotRevisions } from './snapshot-revisions.ts'
import type { SnapshotPin, SnapshotRevision, SnapshotStateModel } from './snapshots.model.ts'
import type { SnapshotReadModel } from './snapshots.read-model.ts'

export interface SnapshotStates {
  /** Counts a change that is about to be made, and its writer. */
  beginChange(snapshotId: string): Promise<void>
  /** Counts the change again, now that it is made. */
  endChange(snapshotId: string): Promise<void>
  /** What the publisher reads before it reads the sources. */
  readChanges(snapshotId: string): Promise<number>
  /** Notes what is served, and that nothing is dirty unless a change came or a writer is still at it. */
  recordPublished(snapshotId: string, published: { changes: number; revision: string }): Promise<void>
  /** Notes that there is nothing to publish: the workspace was never made. */
  recordNothing(snapshotId: string, changes: number): Promise<void>
  /** Stops waiting for writers whose change began before a time: their process died. */
  giveUpWriters(snapshotId: string, begunBefore: number): Promise<boolean>
}

export interface SnapshotsService extends SnapshotStates, SnapshotRevisions, SnapshotPins {}

interface Deps {
  readonly model: SnapshotStateModel
  readonly revisions: WorkspaceCollection<SnapshotRevision>
  readonly pins: WorkspaceCollection<SnapshotPin>
  readonly readModel: SnapshotReadModel
  /** Makes a change that serving must see. */
  readonly change: <Result>(workspaceId: string, apply: () => Promise<Result>) => Promise<Result>
  readonly pinAlerts: PinAlerts
  readonly clock: Clock
}

export function createSnapshotsService(deps: Deps): SnapshotsService {
  const { revisions, pins, readModel, change, pinAlerts: alerts, clock } = deps
  return {
    ...createSnapshotStates(deps),
    ...createSnapshotRevisions({ revisions, clock }),
    ...createSnapshotPins({ pins, findRevision: readModel.findRevision, change, alerts, clock }),
  }
}

/** The counters that order snapshots. See `snapshot/publish-snapshot.ts` for why they are enough. */
function createSnapshotStates({ model, clock }: Pick<Deps, 'model' | 'clock'>): SnapshotStates {
  return {
    async beginChange(snapshotId) {
      await model.updateOne(
        { _id: snapshotId },
        { $inc: { changes: 1, writers: 1 }, $set: { dirtyAt: clock.now() } },
        { upsert: true, setDefaultsOnInsert: false },
      )
    },

    async endChange(snapshotId) {
      await model.updateOne({ _id: snapshotId }, { $inc: { changes: 1, writers: -1 } })
    },

    async readChanges(snapshotId) {
      const state = await model.findById(snapshotId, { changes: 1 }).lean()
      return state?.changes ?? 0
    },

    async recordPublished(snapshotId, { changes, revision }) {
      const published = { revision, publishedAt: clock.now() }
      const cleared = await model.updateOne(
        { _id: snapshotId, changes, writers: { $lte: 0 } },
        { $set: { ...published, dirtyAt: null } },
      )
      if (cleared.matchedCount === 0) await model.updateOne({ _id: snapshotId }, { $set: published })
    },

    async recordNothing(snapshotId, changes) {
      await model.updateOne({ _id: snapshotId, changes, writers: { $lte: 0 } }, { $set: { dirtyAt: null } })
    },

    async giveUpWriters(snapshotId, begunBefore) {
      const given = await model.updateOne(
        { _id: snapshotId, dirtyAt: { $lt: begunBefore }, writers: { $gt: 0 } },
        { $inc: { changes: 1 }, $set: { writers: 0 } },
      )
      return given.modifiedCount > 0
    },
  }
}
