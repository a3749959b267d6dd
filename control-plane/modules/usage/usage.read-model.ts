import type { Clock } from '../../../shared/runtime/clock.ts'
import type { DirtyMinutes } from './dirty-minutes.ts'
import { createUsageGrouping } from './group-usage.ts'
import type { RollupsStore } from './rollups-store.ts'
import type { UsageQuery, UsageReadModel } from './usage-query.ts'
import {
  DAY_MS,
  finestPeriod,
  HOUR_MS,
  LEVEL_MS,
  planReads,
  widenToHours,
  type ReadSegment,
  type TimeWindow,
} from './usage-slots.ts'
import { usageRangeInvalid, usageTooManyRows } from './usage.errors.ts'

export const MOST_ROWS = 10_000
export const MOST_HOURS = 31 * 24
export const MOST_DAYS = 400
/** Rollups that are in memory at a time. */
const SLOTS_A_READ = 100

interface Deps {
  readonly rollups: Pick<RollupsStore, 'read'>
  readonly dirty: Pick<DirtyMinutes, 'firstPending'>
  readonly clock: Clock
}

export function createUsageReadModel({ rollups, dirty, clock }: Deps): UsageReadModel {
  return {
    async sums(workspaceId, query) {
      const window = checkedWindow(query)
      const now = clock.now()
      // Before the rollups: what is rolled up in between is then in the answer, though it does not say so.
      const pending = await dirty.firstPending(workspaceId, window)
      const grouping = createUsageGrouping(query)
      const withLatencies = query.withLatencies ?? false
      for (const segment of planReads(window, finestPeriod(query.groupBy)).flatMap(splitSegment)) {
        for (const slot of await rollups.read(workspaceId, { ...segment, withLatencies })) grouping.add(slot)
        if (grouping.size() > MOST_ROWS) throw usageTooManyRows({ most: MOST_ROWS })
      }
      const completeUntil = Math.min(pending ?? Infinity, now, window.to)
      return { rows: grouping.rows(), ...window, completeUntil }
    },
  }
}

function checkedWindow({ from, to, groupBy }: UsageQuery): TimeWindow {
  if (!(from < to))
    throw usageRangeInvalid({ fault: 'ends before it begins: `from` must be before `to`' }, { param: 'to' })
  const window = widenToHours({ from, to })
  const length = window.to - window.from
  if (finestPeriod(groupBy) === 'hour' && length > MOST_HOURS * HOUR_MS) {
    throw usageRangeInvalid(
      { fault: `is too long to be grouped by hours: at most ${MOST_HOURS} hours` },
      { param: 'to' },
    )
  }
  if (length > MOST_DAYS * DAY_MS)
    throw usageRangeInvalid({ fault: `is too long: at most ${MOST_DAYS} days` }, { param: 'to' })
  return window
}

function splitSegment({ level, from, to }: ReadSegment): ReadSegment[] {
  const length = SLOTS_A_READ * LEVEL_MS[level]
  const pieces = Math.ceil((to - from) / length)
  return Array.from({ length: pieces }, (_none, place) => {
    const start = from + place * length
    return { level, from: start, to: Math.min(to, start + length) }
  })
}
