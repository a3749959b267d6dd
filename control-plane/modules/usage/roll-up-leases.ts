import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { RollUpLease } from './usage-documents.ts'

/** Longer than rolling up any one hour takes; whoever takes longer loses its work, and nothing else. */
const LEASE_MS = 60_000

export interface HeldLease {
  readonly workspaceId: string
  /** Higher than that of whoever rolled the workspace up before. */
  readonly epoch: number
}

/** Another worker rolls up the same workspace: what this one has not written is left to that one. */
export class RolledUpElsewhere extends Error {}

/** One worker at a time rolls up a workspace. That two never do is not relied on: the epoch in what they write is. */
export interface RollUpLeases {
  /** Null: another worker has it. */
  claim(workspaceId: string): Promise<HeldLease | null>
  /** @throws RolledUpElsewhere when it was lost */
  confirm(lease: HeldLease): Promise<void>
  release(lease: HeldLease): Promise<void>
}

interface Deps {
  readonly leases: WorkspaceCollection<RollUpLease>
  readonly clock: Clock
}

export function createRollUpLeases({ leases, clock }: Deps): RollUpLeases {
  return {
    async claim(workspaceId) {
      const now = clock.now()
      await leases.insertMissing([{ _id: workspaceId, workspaceId, epoch: 0, leasedUntil: 0 }])
      const free = { _id: workspaceId, leasedUntil: { $lte: now } }
      const claimed = { $inc: { epoch: 1 }, $set: { leasedUntil: now + LEASE_MS } }
      const lease = await leases.update(workspaceId, free, claimed)
      return lease && { workspaceId, epoch: lease.epoch }
    },

    async confirm({ workspaceId, epoch }) {
      const renewed = { $set: { leasedUntil: clock.now() + LEASE_MS } }
      const held = await leases.update(workspaceId, { _id: workspaceId, epoch }, renewed)
      if (!held) throw new RolledUpElsewhere('another worker rolls up this workspace')
    },

    async release({ workspaceId, epoch }) {
      await leases.update(workspaceId, { _id: workspaceId, epoch }, { $set: { leasedUntil: 0 } })
    },
  }
}
