import { costUnknownBefore } from '../errors.ts'
import type { LeaseKeeper } from '../leases/lease-keeper.ts'
import type { Plan } from '../pipeline.ts'
import type { ForwardedRequest, RequestContext } from '../request-context.ts'
import type { Candidate } from '../snapshot/workspace-view.ts'
import { reserveMoney } from './reserve-money.ts'

/**
 * Holds the worst case of a forwarded call: that of the dearest of the models it names, for the choice among them is not
 * ours. What is not metered holds nothing; where a hard budget must be kept to, only what costs nothing passes so.
 *
 * @throws SignalboxError as `reserveMoney`, also where the money covers some of the models only; `unpriceable_model` where
 *   a hard budget meets what nobody can say the cost of
 */
export async function reserveForwarded(
  context: RequestContext,
  plan: Plan,
  leases: LeaseKeeper,
): Promise<readonly Candidate[]> {
  if (context.scope.type !== 'forwarded') return plan.candidates
  const { forwarded } = context.scope
  if (forwarded.isMetered) return reserveMoney(context, { ...plan, choiceIsOurs: false }, leases)
  const { hard } = plan.workspace.budgets.of(context)
  if (hard.length > 0 && !isReading(forwarded)) {
    throw costUnknownBefore({ what: describe(forwarded), budgets: hard.map(({ budget }) => budget.name) })
  }
  return plan.candidates
}

const LONGEST_SHOWN = 100

/** Without its query, which may name what is nobody's to repeat. */
function describe({ method, path }: ForwardedRequest): string {
  const [plain = ''] = path.split('?', 1)
  return `${method} ${plain.slice(0, LONGEST_SHOWN)}`
}

/** Lists and records of what was: no provider charges for them. */
function isReading({ method }: ForwardedRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}
