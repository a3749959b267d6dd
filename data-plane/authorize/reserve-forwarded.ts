import type { LeaseKeeper } from '../leases/lease-keeper.ts'
import type { Plan } from '../pipeline.ts'
import type { RequestContext } from '../request-context.ts'
import type { Candidate } from '../snapshot/workspace-view.ts'
import { reserveCredits } from './reserve-credits.ts'

/**
 * Holds the worst case of a forwarded call: that of the dearest of the models it names, for the choice among them is not
 * ours. What is not metered costs nothing.
 *
 * @throws SignalboxError as `reserveCredits`, also where the balance covers some of the models only
 */
export function reserveForwarded(
  context: RequestContext,
  plan: Plan,
  leases: LeaseKeeper,
): readonly Candidate[] | Promise<readonly Candidate[]> {
  if (context.scope.type !== 'forwarded' || !context.scope.forwarded.isMetered) return plan.candidates
  return reserveCredits(context, { ...plan, choiceIsOurs: false }, leases)
}
