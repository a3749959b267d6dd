import { NO_USAGE, totalInputTokens, totalOutputTokens } from '../../../shared/llm/usage.ts'
import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Generation } from '../../../shared/queues/generations.queue.ts'
import type { KeepRecords, KeptBatch } from './keep-records.ts'

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
export type FollowRecords = (generations: readonly Generation[]) => Promise<void>

/** What counts the money of records does with those that are a batch's own. */
export interface FollowMoney {
  recordCharges(charges: readonly GenerationCharge[], batch: MoneyOfBatch): Promise<void>
  recordSpending(generations: readonly Generation[], batch: MoneyOfBatch): Promise<void>
}

type MoneyOfBatch = Pick<KeptBatch, 'id' | 'keptAt'>

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
  readonly keepRecords: KeepRecords
  readonly announceRecords: AnnounceRecords
  readonly money: FollowMoney
  readonly alertOfUnknownPrice: (unpriced: UnpricedModel) => Promise<void>
  readonly followers: readonly FollowRecords[]
}

export function createRequestLogsService(deps: Deps): RequestLogsService {
  const { keepRecords, announceRecords, money, alertOfUnknownPrice, followers } = deps

  return {
    async ingest(batch, batchId) {
      const sayWritten = await announceRecords(batch)
      const kept = await keepRecords(batch, batchId)
      await sayWritten()
      // After the records, and also when they were there before: a run may have died in between.
      await money.recordCharges(kept.own.filter(isCharged).map(toCharge), kept)
      await money.recordSpending(kept.own, kept)
      for (const unpriced of unpricedModels(batch)) await alertOfUnknownPrice(unpriced)
      for (const follow of followers) await follow(batch)
    },
  }
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
