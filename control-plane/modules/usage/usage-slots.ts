import { USAGE_PERIODS, type UsageGroup, type UsagePeriod } from './usage-query.ts'

/** All of UTC, whose minutes, hours and days are of one length as JavaScript counts time. */
export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** What is kept: days are merged from hours, busy hours from minutes. */
export type RollupLevel = 'minute' | 'hour' | 'day'
export const LEVEL_MS: Readonly<Record<RollupLevel, number>> = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS }

/** In ms since the epoch: from `from` up to and without `to`. */
export interface TimeWindow {
  readonly from: number
  readonly to: number
}

/** The slot of a level that begins at a time. */
export function windowOf(level: RollupLevel, startsAt: number): TimeWindow {
  return { from: startsAt, to: startsAt + LEVEL_MS[level] }
}

/** The beginning of the slot that a time is in. */
export function slotOf(level: RollupLevel, at: number): number {
  return Math.floor(at / LEVEL_MS[level]) * LEVEL_MS[level]
}

/** Every beginning of a slot in a window that begins with one. */
export function slotsIn(level: RollupLevel, { from, to }: TimeWindow): number[] {
  const count = Math.max(0, Math.ceil((to - from) / LEVEL_MS[level]))
  return Array.from({ length: count }, (_none, place) => from + place * LEVEL_MS[level])
}

/** The whole hours that a window touches. */
export function widenToHours({ from, to }: TimeWindow): TimeWindow {
  return { from: slotOf('hour', from), to: Math.ceil(to / HOUR_MS) * HOUR_MS }
}

/** A window in pieces of equal length, so that each holds about `mostCalls` of `calls`. */
export function splitWindow({ from, to }: TimeWindow, calls: number, mostCalls: number): TimeWindow[] {
  const pieces = Math.max(1, Math.min(Math.ceil(calls / mostCalls), to - from))
  const edge = (place: number): number => from + Math.floor(((to - from) * place) / pieces)
  return Array.from({ length: pieces }, (_none, place) => ({ from: edge(place), to: edge(place + 1) }))
}

/** What time is grouped by: the finest that is named. Null: by none. */
export function finestPeriod(groupBy: readonly UsageGroup[]): UsagePeriod | null {
  return USAGE_PERIODS.find((period) => groupBy.includes(period)) ?? null
}

/** The beginning of the period that a time is in; null where there is no period. */
export function periodStart(period: UsagePeriod | null, at: number): number | null {
  if (period === null) return null
  if (period !== 'month') return slotOf(period, at)
  const date = new Date(at)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth())
}

export interface ReadSegment extends TimeWindow {
  readonly level: 'hour' | 'day'
}

/** What is read for a window of whole hours: days where whole ones will do, hours at the edges or where hours are asked. */
export function planReads({ from, to }: TimeWindow, period: UsagePeriod | null): ReadSegment[] {
  const firstDay = Math.ceil(from / DAY_MS) * DAY_MS
  const lastDay = slotOf('day', to)
  if (period === 'hour' || firstDay >= lastDay) return [{ level: 'hour', from, to }]
  const segments: ReadSegment[] = [
    { level: 'hour', from, to: firstDay },
    { level: 'day', from: firstDay, to: lastDay },
    { level: 'hour', from: lastDay, to },
  ]
  return segments.filter((segment) => segment.from < segment.to)
}
