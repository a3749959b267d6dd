import { unpriceableModel } from '../errors.ts'
import type { LeaseKeeper } from '../leases/lease-keeper.ts'
import type { Plan } from '../pipeline.ts'
import type { ForwardedRequest, RequestContext } from '../request-context.ts'
import type { Candidate } from '../snapshot/workspace-view.ts'
import { reserveMoney } from './reserve-money.ts'

/**
 * Holds the worst case of a forwarded call: that of the dearest of the models it names, for the choice among them is not
 * ours. What is not metered holds nothing; where a hard budget must be kept to, only what costs nothing passes so.
 *
 * @throws SignalboxError as `reserveMoney`, also where the money covers some of the models only
 */
export async function reserveForwarded(
  context: RequestContext,
  plan: Plan,
  leases: LeaseKeeper,
): Promise<readonly Candidate[]> {
  if (context.scope.type !== 'forwarded') return plan.candidates
  const { forwarded } = context.scope
  if (forwarded.isMetered) return reserveMoney(context, { ...plan, choiceIsOurs: false }, leases)
  if (plan.workspace.budgets.of(context).hard.length > 0 && !isReading(forwarded)) {
    throw unpriceableModel({ model: context.requestedModel || forwarded.path })
  }
  return plan.candidates
}

/** Lists and records of what was: no provider charges for them. */
function isReading({ method }: ForwardedRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}
