import type { Clock } from '../../../shared/runtime/clock.ts'
import type { DirtyMinutes, ListedMinute } from './dirty-minutes.ts'
import { addEncoded } from './encode-cells.ts'
import { planHour, type RolledSlot } from './plan-hour.ts'
import { RolledUpElsewhere, type HeldLease, type RollUpLeases } from './roll-up-leases.ts'
import type { RollupsStore } from './rollups-store.ts'
import { slotOf, splitWindow, windowOf, type RollupLevel, type TimeWindow } from './usage-slots.ts'
import { addCall, createUsageTable, type UsageCall, type UsageCell } from './usage-table.ts'

/** The records that rollups are made of. */
export interface UsageCalls {
  countBegun(workspaceId: string, window: TimeWindow): Promise<number>
  usageCalls(workspaceId: string, window: TimeWindow): Promise<UsageCall[]>
}

interface Deps {
  readonly dirty: DirtyMinutes
  readonly leases: RollUpLeases
  readonly rollups: RollupsStore
  readonly calls: UsageCalls
  readonly clock: Clock
}

/** Rolls up what is marked of a workspace. Again, or by several workers at once, it comes to the same. */
export type RollUpWorkspace = (workspaceId: string) => Promise<void>

/** Two days of minutes: what is more comes next time. */
const MOST_MARKS = 3_000
/** After this long the other workspaces have their turn. */
const TURN_MS = 20_000
const CALLS_A_READ = 4_000

export function createRollUpWorkspace(deps: Deps): RollUpWorkspace {
  const { dirty, leases, clock } = deps
  const rollUpDay = createRollUpDay(deps)

  return async (workspaceId) => {
    const lease = await leases.claim(workspaceId)
    if (!lease) return
    const endsAt = clock.monotonicMs() + TURN_MS
    try {
      const marks = await dirty.list(workspaceId, MOST_MARKS)
      for (const [day, marksOfDay] of groupBySlot('day', marks)) {
        if (clock.monotonicMs() > endsAt) return
        await rollUpDay(lease, day, marksOfDay)
      }
    } catch (error) {
      // The marks are there yet: that worker, or the next pass, takes them up.
      if (!(error instanceof RolledUpElsewhere)) throw error
    } finally {
      await leases.release(lease)
    }
  }
}

function createRollUpDay(deps: Deps) {
  const { dirty, leases, rollups, clock } = deps
  const rollUpHour = createRollUpHour(deps)

  return async (lease: HeldLease, day: number, marks: readonly ListedMinute[]): Promise<void> => {
    const { workspaceId } = lease
    const rolledHours = await rollups.rolled(workspaceId, 'hour', windowOf('day', day))
    const done: ListedMinute[] = []
    for (const [hour, marksOfHour] of groupBySlot('hour', marks)) {
      await leases.confirm(lease)
      const state = { hour, rolled: rolledHours.get(hour) ?? null, now: clock.now() }
      done.push(...(await rollUpHour(lease, state, marksOfHour)))
    }
    if (done.length === 0) return
    const cells = await mergeRollups(rollups, workspaceId, { level: 'hour', ...windowOf('day', day) })
    await rollups.write(lease, { level: 'day', startsAt: day, cells, fromMinutes: false })
    // Whoever claims the workspace after this reads what was written here; whoever claimed it before has the marks.
    await leases.confirm(lease)
    await dirty.clear(workspaceId, done)
  }
}

interface HourInDay {
  readonly hour: number
  readonly rolled: RolledSlot | null
  readonly now: number
}

function createRollUpHour({ rollups, calls }: Deps) {
  /** @returns the marks that are done with */
  return async (
    lease: HeldLease,
    state: HourInDay,
    marks: readonly ListedMinute[],
  ): Promise<readonly ListedMinute[]> => {
    const { workspaceId } = lease
    const window = windowOf('hour', state.hour)
    const rolledMinutes = await rollups.rolled(workspaceId, 'minute', window)
    // That an hour was busy is enough to know; to count all of it each time would be what its minutes are to save.
    const known = state.rolled?.fromMinutes ? state.rolled.calls : await calls.countBegun(workspaceId, window)
    const plan = planHour({ ...state, dirty: marks.map(({ minute }) => minute), rolledMinutes, calls: known })
    if (plan.type === 'wait') return []
    if (plan.type === 'whole') {
      const cells = await readCells(calls, workspaceId, window)
      await rollups.write(lease, { level: 'hour', startsAt: state.hour, cells, fromMinutes: false })
      return marks
    }
    for (const minute of plan.minutes) {
      const cells = await readCells(calls, workspaceId, windowOf('minute', minute))
      if (cells.length === 0 && !rolledMinutes.has(minute)) continue
      await rollups.write(lease, { level: 'minute', startsAt: minute, cells, fromMinutes: false })
    }
    const cells = await mergeRollups(rollups, workspaceId, { level: 'minute', ...window })
    await rollups.write(lease, { level: 'hour', startsAt: state.hour, cells, fromMinutes: true })
    return marks.filter(({ minute }) => plan.minutes.includes(minute))
  }
}

async function readCells(calls: UsageCalls, workspaceId: string, window: TimeWindow): Promise<readonly UsageCell[]> {
  const table = createUsageTable()
  const count = await calls.countBegun(workspaceId, window)
  if (count === 0) return []
  for (const piece of splitWindow(window, count, CALLS_A_READ)) {
    for (const call of await calls.usageCalls(workspaceId, piece)) addCall(table, call)
  }
  return table.cells()
}

interface MergedRollups extends TimeWindow {
  readonly level: RollupLevel
}

async function mergeRollups(
  store: RollupsStore,
  workspaceId: string,
  request: MergedRollups,
): Promise<readonly UsageCell[]> {
  const table = createUsageTable()
  for (const stored of await store.read(workspaceId, { ...request, withLatencies: true })) {
    addEncoded(stored, (values) => table.cellOf(null, values))
  }
  return table.cells()
}

function groupBySlot(level: RollupLevel, marks: readonly ListedMinute[]): Map<number, ListedMinute[]> {
  const slots = new Map<number, ListedMinute[]>()
  for (const mark of marks) {
    const slot = slotOf(level, mark.minute)
    slots.set(slot, [...(slots.get(slot) ?? []), mark])
  }
  return slots
}
