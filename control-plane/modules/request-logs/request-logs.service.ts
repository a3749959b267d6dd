import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { NO_USAGE, totalInputTokens, totalOutputTokens } from '../../../shared/llm/usage.ts'
import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Generation } from '../../../shared/queues/generations.queue.ts'
import type { StoredExposure, StoredGeneration } from './request-logs.model.ts'

/** What a call took from its workspace's balance. */
export interface GenerationCharge {
  readonly generationId: string
  readonly workspaceId: string
  readonly amount: Nanodollars
  /** What it cost beyond that, and nobody pays. */
  readonly forgiven: Nanodollars
  readonly at: number
  /** The lease it was reserved from; null: a record from before leases. */
  readonly leaseId: string | null
  readonly purpose: Generation['purpose']
  readonly call: { readonly keyId: string; readonly model: string | null; readonly abTestId: string | null }
  readonly metered: {
    readonly inputTokens: number
    readonly outputTokens: number
    readonly costNanodollars: number | null
  }
}

/** What another domain does with records that are kept. Again with the same records it changes nothing. */
export type FollowRecords = (generations: readonly Generation[], batchId?: string) => Promise<void>

/**
 * Told of records before they are written, so that a crash in between is known of.
 *
 * @returns to be called when they are written
 */
export type AnnounceRecords = (generations: readonly Generation[]) => Promise<() => Promise<void>>

export interface RequestLogsService {
  /**
   * Keeps records of calls, charges for them, and has followers look at them. Again with the same records it changes nothing.
   *
   * @param batchId under which the data plane handed them over; without it each record is one of its own
   */
  ingest(generations: readonly Generation[], batchId?: string): Promise<void>
}

/** A model at a gateway that served calls at a price not known. */
export interface UnpricedModel {
  readonly workspaceId: string
  readonly model: string
  readonly gateway: string
}

interface Deps {
  readonly generations: WorkspaceCollection<StoredGeneration>
  readonly announceRecords: AnnounceRecords
  readonly recordCharges: (charges: readonly GenerationCharge[], batchId?: string) => Promise<void>
  readonly alertOfUnknownPrice: (unpriced: UnpricedModel) => Promise<void>
  readonly followers: readonly FollowRecords[]
}

export function createRequestLogsService(deps: Deps): RequestLogsService {
  const { generations, announceRecords, recordCharges, alertOfUnknownPrice, followers } = deps

  return {
    async ingest(batch, batchId) {
      const sayWritten = await announceRecords(batch)
      await generations.insertMissing(batch.map(toStored))
      await sayWritten()
      // After the records, and for all of them even when they were there before: a run may have died in between.
      await recordCharges(batch.filter(isCharged).map(toCharge), batchId)
      for (const unpriced of unpricedModels(batch)) await alertOfUnknownPrice(unpriced)
      for (const follow of followers) await follow(batch, batchId)
    },
  }
}

function toStored({ id, work: _work, exposure, ...fields }: Generation): StoredGeneration {
  return { _id: id, ...fields, exposure: exposure && withoutDefinition(exposure) }
}

function withoutDefinition({
  definition: _definition,
  ...exposure
}: NonNullable<Generation['exposure']>): StoredExposure {
  return exposure
}

function isCharged({ chargeNanodollars, forgivenNanodollars, paidBy }: Generation): boolean {
  return paidBy === 'credits' && chargeNanodollars + forgivenNanodollars > 0
}

function toCharge(generation: Generation): GenerationCharge {
  const { id, workspaceId, keyId, model, exposure, startedAt, leaseId, purpose, costNanodollars } = generation
  const usage = { ...NO_USAGE, ...generation.usage }
  return {
    generationId: id,
    workspaceId,
    amount: nanodollars(generation.chargeNanodollars),
    forgiven: nanodollars(generation.forgivenNanodollars),
    at: startedAt,
    leaseId,
    purpose,
    call: { keyId, model, abTestId: exposure?.abTestId ?? null },
    metered: { inputTokens: totalInputTokens(usage), outputTokens: totalOutputTokens(usage), costNanodollars },
  }
}

/** Each of them once, however many calls it served. */
function unpricedModels(batch: readonly Generation[]): UnpricedModel[] {
  const found = new Map<string, UnpricedModel>()
  for (const { workspaceId, model, gateway, usage, costNanodollars } of batch) {
    if (usage === null || costNanodollars !== null || model === null || gateway === null) continue
    found.set(JSON.stringify([workspaceId, gateway, model]), { workspaceId, model, gateway })
  }
  return [...found.values()]
}
