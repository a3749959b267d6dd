import type { ControlPlane } from '../compose.ts'
import { CATALOG } from '../../shared/redis/keys.ts'

export interface RebuildSummary {
  readonly workspaces: number
  /** Snapshots that another revision is served of now, the catalog's among them. */
  readonly snapshots: number
  readonly balances: number
  readonly budgets: number
  /** What could not be rebuilt. */
  readonly failures: number
}

interface Rebuilt {
  readonly snapshots: number
  readonly balances: number
  readonly budgets: number
}

type Source = Pick<ControlPlane, 'modules' | 'publishSnapshot'>

/** A line of progress each so many workspaces. */
const TELL_EVERY = 100

/**
 * Makes everything in Redis that MongoDB knows of: the snapshots of all workspaces and of the catalog, the index of their
 * keys, live balances, and what is left of budgets. What is there stays: a balance is set only where there is none, and
 * a snapshot is written again as it is. So it may run while others serve, and again. One workspace's trouble does not
 * keep the others waiting.
 */
export async function rebuildRedis({ modules, publishSnapshot }: Source, print: (line: string) => void) {
  const { billing, budgets, workspaces } = modules
  const total = { workspaces: 0, snapshots: 0, balances: 0, budgets: 0, failures: 0 }

  // First: no workspace can be served without it.
  await attempt(CATALOG, async () => add({ snapshots: await publish(CATALOG), balances: 0, budgets: 0 }))
  const workspaceIds = await workspaces.readModel.listAllIds()
  print(`${workspaceIds.length} workspaces`)
  for (const workspaceId of workspaceIds) {
    await attempt(workspaceId, async () => add(await rebuildWorkspace(workspaceId)))
    total.workspaces += 1
    if (total.workspaces % TELL_EVERY === 0) print(`${total.workspaces} of ${workspaceIds.length}`)
  }
  // After the balances are there, so that each entry is added to one.
  for (const entry of await billing.readModel.listUnapplied()) {
    await attempt(entry.workspaceId, () => billing.service.applyEntry(entry))
  }
  return total satisfies RebuildSummary

  async function rebuildWorkspace(workspaceId: string): Promise<Rebuilt> {
    // The money first: a workspace that is served without a balance refuses its calls.
    const balances = Number(await billing.service.restoreBalance(workspaceId))
    const restored = await budgets.service.restoreBudgets(workspaceId)
    return { snapshots: await publish(workspaceId), balances, budgets: restored }
  }

  async function publish(snapshotId: string): Promise<number> {
    return Number((await publishSnapshot(snapshotId, { reindexKeys: true })) === 'moved')
  }

  async function attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      total.failures += 1
      print(`${what}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  function add({ snapshots, balances, budgets: restored }: Rebuilt): void {
    total.snapshots += snapshots
    total.balances += balances
    total.budgets += restored
  }
}
