import { nanodollars, toDollars } from '../../../shared/money/nanodollars.ts'
import type { DailyPrice } from '../../../shared/money/price-schedule.ts'
import { toPriceType, type PriceChange, type PriceVersion } from '../catalog/index.ts'
import type { PriceHistory, PriceOverride, PriceProposal, PriceProposalEntry } from './prices.read-model.ts'
import type * as types from './prices.types.ts'
import { writeTimeOfDay } from './write-time-of-day.ts'

/** A history in the API's words. @param now milliseconds since the epoch: says which price holds */
export function toHistoryType({ modelId, versions, ...rest }: PriceHistory, now: number): types.PriceHistoryType {
  const current = Math.max(
    0,
    versions.findLastIndex(({ effectiveFrom }) => effectiveFrom <= now),
  )
  return {
    ...rest,
    model: modelId,
    versions: versions.map((version, index) => ({ ...toVersionType(version), isInForce: index === current })),
  }
}

function toVersionType({ effectiveFrom, price, source, proposalId, recordedAt }: PriceVersion) {
  return {
    effectiveFrom: effectiveFrom === 0 ? null : new Date(effectiveFrom),
    price: price && toPriceType(price),
    daily: (price?.daily ?? []).map(toDailyType),
    source,
    proposalId,
    recordedAt: new Date(recordedAt),
  }
}

function toDailyType(daily: DailyPrice): types.DailyPriceType {
  return { from: writeTimeOfDay(daily.fromMs), to: writeTimeOfDay(daily.toMs), price: toPriceType(daily) }
}

export function toProposalType(proposal: PriceProposal): types.PriceProposalType {
  const { _id, digest: _digest, createdAt, decidedAt, ...rest } = proposal
  return { ...rest, id: _id, createdAt: new Date(createdAt), decidedAt: toDate(decidedAt) }
}

export function toEntryType(entry: PriceProposalEntry): types.PriceProposalEntryType {
  const { modelId, gateway, kind, flags, changes, appliedAt, effectiveFrom } = entry
  return {
    model: modelId,
    gateway,
    kind,
    flags: [...flags],
    changes: changes.map(toChangeType),
    appliedAt: toDate(appliedAt),
    effectiveFrom: toDate(effectiveFrom),
  }
}

function toChangeType(change: PriceChange): types.PriceChangeType {
  const { before, after, effectiveFrom, fromMs, toMs, aboveInputTokens } = change
  const isAllDay = fromMs === toMs
  return {
    class: change.class,
    effectiveFrom: effectiveFrom === 0 ? null : new Date(effectiveFrom),
    fromTime: isAllDay ? null : writeTimeOfDay(fromMs),
    toTime: isAllDay ? null : writeTimeOfDay(toMs),
    aboveInputTokens: aboveInputTokens === 0 ? null : aboveInputTokens,
    before,
    after,
    beforeUsd: before === null ? null : toDollars(nanodollars(before)),
    afterUsd: after === null ? null : toDollars(nanodollars(after)),
    percent: before === null || before === 0 || after === null ? null : ((after - before) / before) * 100,
  }
}

export function toOverrideType(override: PriceOverride): types.PriceOverrideType {
  const { _id, modelId, gateway, paidBy, effectiveFrom, price, createdAt, createdBy } = override
  return {
    id: _id,
    model: modelId,
    gateway,
    paidBy,
    effectiveFrom: new Date(effectiveFrom),
    price: toPriceType(price),
    daily: (price.daily ?? []).map(toDailyType),
    createdAt: new Date(createdAt),
    createdBy,
  }
}

function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
