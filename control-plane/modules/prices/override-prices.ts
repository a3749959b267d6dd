import { invalidInput } from '../../api/api.errors.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import type { Gateway } from '../../../shared/llm/gateways.ts'
import type { PriceAllDay } from '../../../shared/money/price-schedule.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { modelNotOffered, neverOnCredits, overrideNotFound, tooManyOverrides } from './prices.errors.ts'
import type { PriceOverride } from './prices.read-model.ts'
import type { UnnamedDailyPrice, UnnamedPrice } from './read-price-input.ts'
import { writeTimeOfDay } from './write-time-of-day.ts'

export interface NewPriceOverride {
  readonly workspaceId: string
  readonly modelId: string
  readonly gateway: Gateway
  readonly paidBy: PriceOverride['paidBy']
  readonly price: UnnamedPrice
  /** Of which no two overlap. */
  readonly daily: readonly UnnamedDailyPrice[]
  /** Milliseconds since the epoch; null: at once. */
  readonly effectiveFrom: number | null
  /** A user. */
  readonly by: string
}

export interface OverridePrices {
  /** Gives a workspace a price of its own. @throws `model_not_offered` and its like */
  setOverride(override: NewPriceOverride): Promise<PriceOverride>
  /** What held before holds again. @throws `price_override_not_found` */
  removeOverride(workspaceId: string, id: string, by: string): Promise<PriceOverride>
}

/** What a workspace can name, as far as prices care. */
export type FindPlace = (
  workspaceId: string,
  place: { readonly modelId: string; readonly gateway: Gateway },
) => Promise<{ readonly origin: 'catalog' | 'workspace'; readonly isPriced: boolean } | null>

export interface OverrideDeps {
  readonly overrides: WorkspaceCollection<PriceOverride>
  readonly findPlace: FindPlace
  readonly snapshots: SnapshotWriter
  readonly clock: Clock
  readonly createId: CreateId
}

/** They are all in the workspace's snapshot. */
const MOST_OVERRIDES = 500

export function createOverridePrices(deps: OverrideDeps): OverridePrices {
  const { overrides, findPlace, snapshots, clock, createId } = deps

  return {
    async setOverride({ workspaceId, by, price, daily, effectiveFrom, ...place }) {
      const now = clock.now()
      if (effectiveFrom !== null && effectiveFrom < now) throw wrongDate('is past: calls of then are charged already')
      const { modelId, gateway, paidBy } = place
      const found = await findPlace(workspaceId, place)
      if (!found) throw modelNotOffered({ model: modelId, gateway }, { param: 'model' })
      if (found.origin === 'workspace' && paidBy === 'credits') {
        throw neverOnCredits({ model: modelId }, { param: 'paidBy' })
      }
      const held = await overrides.find(workspaceId, { removedAt: null })
      if (held.length >= MOST_OVERRIDES) throw tooManyOverrides({ most: MOST_OVERRIDES })
      const isPriced = found.isPriced || held.some((each) => isSamePlace(each, place) && each.effectiveFrom <= now)
      if (effectiveFrom !== null && !isPriced) throw wrongDate('must be left out: until then the model has no price')
      const id = createId()
      const override: PriceOverride = {
        _id: id,
        workspaceId,
        ...place,
        effectiveFrom: effectiveFrom ?? now,
        price: namePrice(`override:${id}`, price, daily),
        createdAt: now,
        createdBy: by,
        removedAt: null,
        removedBy: null,
      }
      await snapshots.change(workspaceId, () => overrides.insert(override))
      return override
    },

    removeOverride: (workspaceId, id, by) =>
      snapshots.change(workspaceId, async () => {
        const removed = { $set: { removedAt: clock.now(), removedBy: by } }
        const override = await overrides.update(workspaceId, { _id: id, removedAt: null }, removed)
        if (!override) throw overrideNotFound({}, { param: 'id' })
        return override
      }),
  }
}

/** A time of the day is told apart on the records of calls, as in the catalog. */
function namePrice(version: string, price: UnnamedPrice, daily: readonly UnnamedDailyPrice[]): PriceAllDay {
  if (daily.length === 0) return { ...price, version }
  const named = daily.map((each) => ({
    ...each,
    version: `${version}/${writeTimeOfDay(each.fromMs)}-${writeTimeOfDay(each.toMs)}`,
  }))
  return { ...price, version, daily: named }
}

function wrongDate(fault: string): Error {
  return invalidInput({ field: 'effectiveFrom', fault }, { param: 'effectiveFrom' })
}

type Place = Pick<PriceOverride, 'modelId' | 'gateway' | 'paidBy'>

function isSamePlace(left: Place, right: Place): boolean {
  return left.modelId === right.modelId && left.gateway === right.gateway && left.paidBy === right.paidBy
}
