import type { BillingReadModel, BillingService } from '../modules/billing/index.ts'
import type { BudgetsReadModel, BudgetsService } from '../modules/budgets/index.ts'
import type { ReconciliationsService } from '../modules/reconciliations/index.ts'
import type { SnapshotReadModel, SnapshotStates } from '../modules/snapshots/index.ts'
import { readPointer } from '../snapshot/move-pointer.ts'
import type { PublishSnapshot } from '../snapshot/publish-snapshot.ts'
import type { Redis } from '../../shared/redis/connect.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { createRoundPlaces, createRunRound } from './rounds.ts'

/** A change this young has a job of its own on the way. */
const LEAVE_TO_JOB_MS = 1_000
/** Of each part of a sweep, and all of them together less than a job keeps its lock. */
const MOST_MS = 1_500
/** No change takes this long: its writer is dead. */
const GIVE_UP_WRITER_MS = 60_000

export interface Sweep {
  snapshots(): Promise<void>
  balances(): Promise<void>
  budgets(): Promise<void>
}

interface Deps {
  readonly billing: { readonly service: BillingService; readonly readModel: BillingReadModel }
  readonly budgets: {
    readonly service: Pick<BudgetsService, 'keep'>
    readonly readModel: Pick<BudgetsReadModel, 'listAll'>
  }
  readonly reconciliations: Pick<ReconciliationsService, 'keepReleased'>
  readonly snapshots: { readonly service: SnapshotStates; readonly readModel: SnapshotReadModel }
  readonly listWorkspaceIds: () => Promise<string[]>
  readonly publishSnapshot: PublishSnapshot
  readonly redis: Redis
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Mends what crashes and outages left behind. Every step may run at any time, in several workers at once, and goes on in
 * the next sweep where this one has no time left.
 */
export function createSweep(deps: Deps): Sweep {
  const { billing, budgets, reconciliations, snapshots, listWorkspaceIds, publishSnapshot, redis, clock, logger } = deps
  const runRound = createRunRound({ places: createRoundPlaces(redis), clock, logger })

  return {
    async snapshots() {
      const now = clock.now()
      const dirty = await snapshots.readModel.listDirty(now - LEAVE_TO_JOB_MS)
      for (const id of dirty) {
        const gaveUp = await snapshots.service.giveUpWriters(id, now - GIVE_UP_WRITER_MS)
        if (gaveUp) logger.warn({ snapshotId: id }, 'a writer died in the middle of a change; its part is published')
      }
      const missing = await filter(
        await snapshots.readModel.listPublished(),
        async (id) => !(await readPointer(redis, id)),
      )
      const ids = [...new Set([...dirty, ...missing])]
      await runRound({ name: 'sweep-snapshots', ids, mostMs: MOST_MS }, async (id) => void (await publishSnapshot(id)))
    },

    async balances() {
      await runRound({ name: 'sweep-balances', ids: await listWorkspaceIds(), mostMs: MOST_MS }, mendBalance)
      // After the balances are there, so that each entry is added to one.
      const untold = new Map((await billing.readModel.listUnapplied()).map((entry) => [entry._id, entry]))
      await runRound({ name: 'sweep-entries', ids: [...untold.keys()], mostMs: MOST_MS }, async (id) => {
        const entry = untold.get(id)
        if (entry) await billing.service.applyEntry(entry)
      })
    },

    async budgets() {
      const byWorkspace = Map.groupBy(await budgets.readModel.listAll(), ({ workspaceId }) => workspaceId)
      await runRound({ name: 'sweep-budgets', ids: [...byWorkspace.keys()], mostMs: MOST_MS }, (workspaceId) =>
        budgets.service.keep(byWorkspace.get(workspaceId) ?? []),
      )
    },
  }

  async function mendBalance(workspaceId: string): Promise<void> {
    const released = await billing.service.releaseExpired(workspaceId)
    if (released.length > 0) {
      logger.warn({ workspaceId, released }, 'leases of processes that are gone were given back, with what calls held')
      await reconciliations.keepReleased(workspaceId, released)
    }
    const restored = await billing.service.restoreBalance(workspaceId)
    if (restored) logger.warn({ workspaceId }, 'a live balance was missing and has been restored from the ledger')
  }
}

async function filter<Thing>(things: readonly Thing[], holds: (thing: Thing) => Promise<boolean>): Promise<Thing[]> {
  const kept = await Promise.all(things.map(holds))
  return things.filter((_thing, index) => kept[index])
}
