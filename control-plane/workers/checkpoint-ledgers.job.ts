import type { BillingService } from '../modules/billing/index.ts'
import type { WorkspacesReadModel } from '../modules/workspaces/index.ts'
import { checkpointLedgersQueue } from '../../shared/queues/checkpoint-ledgers.queue.ts'
import { implementJob } from './implement-job.ts'

interface Modules {
  readonly billing: { readonly service: BillingService }
  readonly workspaces: { readonly readModel: WorkspacesReadModel }
}

export function checkpointLedgersJob({ billing, workspaces }: Modules) {
  return implementJob(checkpointLedgersQueue, async () => {
    for (const workspaceId of await workspaces.readModel.listAllIds()) await billing.service.keepCheckpoint(workspaceId)
  })
}
