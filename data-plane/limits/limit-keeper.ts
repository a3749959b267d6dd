import type { KeyLimits } from '../../shared/limits/limit-settings.ts'
import type { KeyOwner } from '../snapshot/snapshot-store.ts'
import type { WorkspaceView } from '../snapshot/workspace-view.ts'
import { CallLimits, LIMIT_UNITS, type AppliedLimit, type LimitUnit } from './call-limits.ts'
import { Meter, type MeterDeps, type MeterRule } from './meter.ts'
import type { ProcessCount } from './process-count.ts'

/**
 * This process's leases on the limits of the workspaces it serves. The common call takes its permits in memory; Redis is
 * told in the background, and asked only where a lease has too few.
 */
export interface LimitKeeper {
  /** The limits that hold for a caller. */
  of(caller: KeyOwner): CallLimits
  /** Tells Redis of everything at once: it was away. */
  syncAll(): void
  /** Gives everything back. No call may be under way. */
  close(): Promise<void>
}

interface KeeperDeps extends Omit<MeterDeps, 'countProcesses'> {
  readonly processes: ProcessCount
}

const TICK_MS = 1_000
const COUNT_MS = 5_000

export function createLimitKeeper({ processes, ...deps }: KeeperDeps): LimitKeeper {
  const meterDeps: MeterDeps = { ...deps, countProcesses: () => processes.count }
  const workspaces = new Map<string, WorkspaceMeters>()
  const tick = setInterval(() => {
    for (const [workspaceId, meters] of workspaces) if (!meters.tick()) workspaces.delete(workspaceId)
  }, TICK_MS).unref()
  const counting = setInterval(() => void processes.refresh(), COUNT_MS).unref()

  return {
    of(caller) {
      const { workspaceId } = caller.workspace
      let meters = workspaces.get(workspaceId)
      if (!meters) workspaces.set(workspaceId, (meters = new WorkspaceMeters(workspaceId, meterDeps)))
      return meters.of(caller)
    },
    syncAll() {
      void processes.refresh()
      for (const meters of workspaces.values()) for (const meter of meters.all()) meter.sync()
    },
    async close() {
      clearInterval(tick)
      clearInterval(counting)
      const all = [...workspaces.values()].flatMap((meters) => [...meters.all()])
      await Promise.all(all.map((meter) => meter.close()))
      await processes.leave()
    },
  }
}

/** The meters of a workspace and of its keys, each opened when a call first meets the limit. */
class WorkspaceMeters {
  readonly #workspaceId: string
  readonly #deps: MeterDeps
  readonly #meters = new Map<string, Meter>()
  readonly #callers = new Map<string, CallLimits>()
  #view: WorkspaceView | null = null

  constructor(workspaceId: string, deps: MeterDeps) {
    this.#workspaceId = workspaceId
    this.#deps = deps
  }

  all(): Iterable<Meter> {
    return this.#meters.values()
  }

  of(caller: KeyOwner): CallLimits {
    if (this.#view !== caller.workspace) this.#callers.clear()
    this.#view = caller.workspace
    const known = this.#callers.get(caller.key.id)
    if (known) return known
    const limits = this.#describe(caller)
    this.#callers.set(caller.key.id, limits)
    return limits
  }

  /** False: nobody has called for a while. */
  tick(): boolean {
    for (const [name, meter] of this.#meters) {
      if (meter.tick()) continue
      this.#meters.delete(name)
      // They are described anew, with a new meter.
      this.#callers.clear()
    }
    return this.#meters.size > 0
  }

  #describe({ workspace, key }: KeyOwner): CallLimits {
    const { limits } = workspace.settings
    const { whenRedisIsAway } = limits
    const applied: AppliedLimit[] = []
    for (const unit of LIMIT_UNITS) {
      const ofWorkspace = limits[FIELDS[unit]]
      const ofKey = key.limits?.[FIELDS[unit]] ?? null
      for (const [scope, limit, name] of [
        ['workspace', ofWorkspace, unit],
        ['key', ofKey, `${key.id}:${unit}`],
      ] as const) {
        if (limit === null) continue
        const rule: MeterRule = { limit, awayMode: whenRedisIsAway }
        applied.push({ ...rule, unit, scope, meter: this.#open(name, unit, rule) })
      }
    }
    return new CallLimits(applied)
  }

  #open(meter: string, unit: LimitUnit, rule: MeterRule): Meter {
    const known = this.#meters.get(meter)
    if (known) return known
    const kind = unit === 'concurrency' ? 'slots' : 'window'
    const opened = new Meter({ workspaceId: this.#workspaceId, meter, kind }, rule, this.#deps)
    this.#meters.set(meter, opened)
    return opened
  }
}

const FIELDS: Readonly<Record<LimitUnit, keyof KeyLimits>> = {
  requests: 'requestsPerMinute',
  tokens: 'tokensPerMinute',
  concurrency: 'concurrency',
}
