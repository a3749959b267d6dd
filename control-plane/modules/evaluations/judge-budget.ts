import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { JudgeSettings, JudgeSpending } from './evaluations.read-model.ts'

/** 5 dollars: what a workspace lets its judges cost in a month, until it says otherwise. */
const DEFAULT_MONTHLY_NANODOLLARS = 5_000_000_000
const DEFAULT_REQUESTS_PER_MINUTE = 60

export interface JudgeLimits {
  /** What judges may cost in any month of UTC. */
  readonly monthly: Nanodollars
  readonly requestsPerMinute: number
}

export interface JudgeBudgetState extends JudgeLimits {
  /** As `2026-11`. */
  readonly month: string
  /** Including the worst case of what is being asked now. */
  readonly spent: Nanodollars
}

/**
 * What judges may cost. Money is counted before a judge is asked, at its worst case, in one conditional write, so that
 * any number of processes together never pass the budget; what was not used is given back afterwards. A process that
 * dies in between leaves its worst case counted.
 */
export interface JudgeBudget {
  limits(workspaceId: string): Promise<JudgeLimits>
  state(workspaceId: string): Promise<JudgeBudgetState>
  setLimits(workspaceId: string, limits: Partial<JudgeLimits>): Promise<JudgeBudgetState>
  /** @returns what was reserved; null: the budget of this month does not cover it */
  reserve(workspaceId: string, worstCase: Nanodollars): Promise<JudgeReservation | null>
  /** Says what became of it. `used` above what was reserved counts wholly. */
  settle(workspaceId: string, reservation: JudgeReservation, used: Nanodollars): Promise<void>
  /** Whether this is the first time in this month that somebody asks. */
  isFirstRefusal(workspaceId: string): Promise<boolean>
}

export interface JudgeReservation {
  readonly month: string
  readonly amount: Nanodollars
}

interface Deps {
  readonly settings: WorkspaceCollection<JudgeSettings>
  readonly spending: WorkspaceCollection<JudgeSpending>
  readonly clock: Clock
}

export function createJudgeBudget({ settings, spending, clock }: Deps): JudgeBudget {
  const limits: JudgeBudget['limits'] = async (workspaceId) => {
    const found = await settings.findOne(workspaceId, { _id: workspaceId })
    return {
      monthly: nanodollars(found?.monthlyNanodollars ?? DEFAULT_MONTHLY_NANODOLLARS),
      requestsPerMinute: found?.requestsPerMinute ?? DEFAULT_REQUESTS_PER_MINUTE,
    }
  }
  const state: JudgeBudget['state'] = async (workspaceId) => {
    const month = monthOf(clock.now())
    const found = await spending.findOne(workspaceId, { _id: idOf(workspaceId, month) })
    return { ...(await limits(workspaceId)), month, spent: nanodollars(found?.nanodollars ?? 0) }
  }
  /** Makes this month's account where there is none. */
  const openMonth = async (workspaceId: string): Promise<string> => {
    const month = monthOf(clock.now())
    const opened = { _id: idOf(workspaceId, month), workspaceId, month, nanodollars: 0, alerted: false }
    await spending.insertMissing([opened])
    return month
  }

  return {
    limits,
    state,

    async setLimits(workspaceId, { monthly, requestsPerMinute }) {
      await settings.insertMissing([
        {
          _id: workspaceId,
          workspaceId,
          monthlyNanodollars: DEFAULT_MONTHLY_NANODOLLARS,
          requestsPerMinute: DEFAULT_REQUESTS_PER_MINUTE,
        },
      ])
      const changes = {
        ...(monthly === undefined ? {} : { monthlyNanodollars: monthly }),
        ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
      }
      if (Object.keys(changes).length > 0) await settings.update(workspaceId, { _id: workspaceId }, { $set: changes })
      // A budget that was raised may be used up again, and then somebody is told again.
      const account = { _id: idOf(workspaceId, monthOf(clock.now())) }
      await spending.update(workspaceId, account, { $set: { alerted: false } })
      return state(workspaceId)
    },

    async reserve(workspaceId, worstCase) {
      const { monthly } = await limits(workspaceId)
      const month = await openMonth(workspaceId)
      const fits = { _id: idOf(workspaceId, month), nanodollars: { $lte: monthly - worstCase } }
      const reserved = await spending.update(workspaceId, fits, { $inc: { nanodollars: worstCase } })
      return reserved && { month, amount: worstCase }
    },

    async settle(workspaceId, { month, amount }, used) {
      if (used === amount) return
      await spending.update(workspaceId, { _id: idOf(workspaceId, month) }, { $inc: { nanodollars: used - amount } })
    },

    async isFirstRefusal(workspaceId) {
      const month = await openMonth(workspaceId)
      const untold = { _id: idOf(workspaceId, month), alerted: false }
      return (await spending.update(workspaceId, untold, { $set: { alerted: true } })) !== null
    },
  }
}

function idOf(workspaceId: string, month: string): string {
  return `${workspaceId}:${month}`
}

function monthOf(now: number): string {
  return new Date(now).toISOString().slice(0, 7)
}
