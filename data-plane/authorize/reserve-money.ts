import { nanodollars, toDollars, type Nanodollars } from '../../shared/money/nanodollars.ts'
import { andThen } from '../../shared/runtime/and-then.ts'
import { balanceExceeded, budgetExceeded, notReady, unpriceableModel } from '../errors.ts'
import type { LeaseKeeper, ReserveOutcome } from '../leases/lease-keeper.ts'
import type { Hold, RequestContext } from '../request-context.ts'
import type { Candidate, WorkspaceView } from '../snapshot/workspace-view.ts'
import { worstCases } from './worst-case.ts'

/**
 * Takes the worst case of a call off the workspace's credits, and off every hard budget that it counts in, before any
 * upstream is asked: so calls under way can never spend more than is there. All of it is held or nothing. Mostly that is
 * a subtraction in this process's leases; Redis is asked where a lease has too little. A call on the workspace's own
 * credential costs no credits, but counts in budgets.
 *
 * Where the money does not cover every candidate, those it does cover are left: the first choice must not be refused
 * because a dear fallback stands behind it.
 *
 * @returns the candidates whose worst case is held; at once where Redis need not be asked
 * @throws SignalboxError `insufficient_credits` or `budget_exceeded` when they do not cover the worst case;
 *   `unpriceable_model` where something must be held and no price is known; `service_unavailable` when no balance is known,
 *   or Redis is away and the lease has too little
 */
export function reserveMoney(
  context: RequestContext,
  { workspace, candidates, choiceIsOurs = true }: Reserving,
  leases: LeaseKeeper,
): readonly Candidate[] | Promise<readonly Candidate[]> {
  const { budgets } = workspace
  context.budgets = budgets.of(context)
  const priced = priceAll(context, workspace, candidates)
  if (priced.length < candidates.length && (priced.length === 0 || !choiceIsOurs)) {
    throw unpriceableModel({ model: context.requestedModel }, { param: 'model' })
  }
  const held = holdForAny(context, priced, { workspace, choiceIsOurs, leases })
  return andThen(held, (covered) =>
    covered.length === candidates.length ? candidates : covered.map(({ candidate }) => candidate),
  )
}

interface Reserving {
  readonly workspace: WorkspaceView
  readonly candidates: readonly Candidate[]
  /** False: somebody else chooses among the candidates, so that all must be covered. */
  readonly choiceIsOurs?: boolean
}

interface PricedCandidate {
  readonly candidate: Candidate
  /** Null: its price is not known, and nothing must hold it. */
  readonly worstCase: Nanodollars | null
}

/** What must be held cannot be where no price is known: for credits and for hard budgets such a candidate is left out. */
function priceAll(context: RequestContext, workspace: WorkspaceView, candidates: readonly Candidate[]) {
  const costs = worstCases(context, workspace, candidates)
  const priced: PricedCandidate[] = []
  for (const [index, candidate] of candidates.entries()) {
    const worstCase = costs[index] ?? null
    const mustHold = candidate.paidBy === 'credits' || context.budgets.hard.length > 0
    if (worstCase !== null || !mustHold) priced.push({ candidate, worstCase })
  }
  return priced
}

/** What the dearest of the candidates needs held, of each account that it would be paid from. */
function findHolds(
  { budgets }: RequestContext,
  candidates: readonly PricedCandidate[],
  { workspaceId }: WorkspaceView,
): Hold[] {
  let [credits, most] = [NOTHING, NOTHING]
  for (const { candidate, worstCase } of candidates) {
    const amount = worstCase ?? NOTHING
    most = Math.max(most, amount)
    if (candidate.paidBy === 'credits') credits = Math.max(credits, amount)
  }
  const holds: Hold[] = []
  if (credits !== NOTHING) holds.push({ account: workspaceId, amount: nanodollars(credits), budget: null })
  for (const { account, budget } of budgets.hard) holds.push({ account, amount: nanodollars(most), budget })
  return holds
}

const NOTHING = -1

interface Holding {
  readonly workspace: WorkspaceView
  readonly choiceIsOurs: boolean
  readonly leases: LeaseKeeper
}

/** Holds what the dearest of them costs; where that is too much, what the dearest costs of those that are covered. */
function holdForAny(
  context: RequestContext,
  affordable: readonly PricedCandidate[],
  how: Holding,
): readonly PricedCandidate[] | Promise<readonly PricedCandidate[]> {
  const { workspace, choiceIsOurs, leases } = how
  const holds = findHolds(context, affordable, workspace)
  if (holds.length === 0) return affordable
  return andThen(holdAll(holds, leases), (lacking) => {
    if (!lacking) {
      context.reservation = { type: 'held', leases, holds }
      return affordable
    }
    const most = Math.min(lacking.available, lacking.hold.amount - 1)
    const covered = affordable.filter((entry) => isFreeOf(lacking.hold, entry) || (entry.worstCase ?? 0) <= most)
    if (!choiceIsOurs || covered.length === 0) throw tooLittle(lacking, affordable, choiceIsOurs)
    return holdForAny(context, covered, how)
  })
}

/** Whether a candidate is paid from elsewhere than the account that lacks money. */
function isFreeOf({ budget }: Hold, { candidate }: PricedCandidate): boolean {
  return budget === null && candidate.paidBy !== 'credits'
}

interface Lacking {
  readonly hold: Hold
  readonly available: Nanodollars
}

/** Holds all of them; null: done. Where one account has too little, what the others held is given back. */
function holdAll(wanted: readonly Hold[], leases: LeaseKeeper, first = 0): Lacking | null | Promise<Lacking | null> {
  const hold = wanted[first]
  if (!hold) return null
  return andThen(leases.reserve(hold.account, hold.amount), (outcome) => {
    if (outcome.type === 'reserved') return holdAll(wanted, leases, first + 1)
    for (const { account, amount } of wanted.slice(0, first)) leases.settle(account, amount, nanodollars(0))
    if (outcome.type === 'insufficient') return { hold, available: outcome.available }
    throw notReady({ what: describeUnknown(outcome, hold) })
  })
}

function describeUnknown({ type }: ReserveOutcome, { budget }: Hold): string {
  const what = budget ? `what is left of the budget \`${budget.name}\`` : 'the balance of the workspace'
  return `${type === 'unknown' ? 'find' : 'check'} ${what}`
}

function tooLittle({ hold, available }: Lacking, candidates: readonly PricedCandidate[], choiceIsOurs: boolean): Error {
  const costs = candidates.filter((entry) => !isFreeOf(hold, entry)).map(({ worstCase }) => worstCase ?? 0)
  const worstCase = inDollars(choiceIsOurs ? Math.min(...costs) : Math.max(...costs))
  const left = inDollars(available)
  return hold.budget
    ? budgetExceeded({ worstCase, left, budget: hold.budget.name, period: hold.budget.period })
    : balanceExceeded({ worstCase, balance: left })
}

function inDollars(amount: number): string {
  return toDollars(nanodollars(amount)).toFixed(6)
}
