import { createAcceptForwarded } from './accept/accept-forwarded.ts'
import { reserveForwarded } from './authorize/reserve-forwarded.ts'
import { chooseForwarded } from './decide/choose-forwarded.ts'
import type { DispatchDeps } from './dispatch/dispatch-with-fallback.ts'
import { forwardCall, type ForwardedAnswer } from './dispatch/forward-call.ts'
import type { LeaseKeeper } from './leases/lease-keeper.ts'
import type { Stages } from './pipeline.ts'
import { relayForwarded } from './relay/relay-forwarded.ts'
import type { UnreadAnswers } from './relay/unread-answers.ts'

interface ProxyDeps {
  readonly keyPrefix: string
  /** Those of every call: who calls, what is refused, and how it is settled, are the same. */
  readonly stages: Pick<Stages<unknown>, 'authorize' | 'refuse' | 'settle'>
  readonly dispatching: DispatchDeps
  readonly leases: LeaseKeeper
  readonly unread: UnreadAnswers
}

/** Builds the stages of a call that goes on to OpenRouter's own API as it came. */
export function composeProxy({ keyPrefix, stages, dispatching, leases, unread }: ProxyDeps): Stages<ForwardedAnswer> {
  return {
    accept: createAcceptForwarded(keyPrefix),
    authorize: stages.authorize,
    decide: (context, caller) => chooseForwarded(context, caller, 'openrouter'),
    reserve: (context, plan) => reserveForwarded(context, plan, leases),
    dispatch: (context, candidates) => forwardCall(context, candidates, dispatching),
    relay: (context, answer) => relayForwarded(context, answer, { clock: dispatching.clock, unread }),
    refuse: stages.refuse,
    settle: stages.settle,
  }
}
