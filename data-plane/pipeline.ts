import type { SignalboxError } from '../shared/errors/define-error.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { CreateId } from '../shared/runtime/id.ts'
import { createRequestContext, type IncomingCall, type RequestContext } from './request-context.ts'
import type { KeyOwner } from './snapshot/snapshot-store.ts'
import type { Candidate, WorkspaceView } from './snapshot/workspace-view.ts'

/**
 * The stages of a call. Each is built in `app.ts`; none knows another. Those that mostly find what they need in this
 * process give a promise only where they must wait.
 */
export interface Stages<Answer> {
  /** Reads what was sent. Gives the API key's text. */
  accept(context: RequestContext): string
  /** Finds who calls and what they may do, and takes the call's place in their rate limits. */
  authorize(context: RequestContext, apiKey: string): KeyOwner | Promise<KeyOwner>
  /** Which models could serve the call, best first; where it is to an A/B test or a router, as the variant has it asked. */
  decide(context: RequestContext, caller: KeyOwner): readonly Candidate[] | Promise<readonly Candidate[]>
  /** Holds the worst case of its cost; gives the candidates that it covers. A part of authorize/, but the price is known only now. */
  reserve(context: RequestContext, plan: Plan): readonly Candidate[] | Promise<readonly Candidate[]>
  /** Gets an answer, or the first content of one, from a candidate. */
  dispatch(context: RequestContext, candidates: readonly Candidate[]): Promise<Answer>
  /** Passes the answer on to the caller. */
  relay(context: RequestContext, answer: Answer): void | Promise<void>
  /** Tells the caller why there is no answer. */
  refuse(context: RequestContext, error: unknown): Promise<SignalboxError>
  /** Prices, releases and records the call. Runs on every exit. */
  settle(context: RequestContext): void
}

/** What may serve a call, before its cost is held. */
export interface Plan {
  readonly workspace: WorkspaceView
  readonly candidates: readonly Candidate[]
}

interface PipelineDeps {
  readonly clock: Clock
  readonly createId: CreateId
}

/**
 * The path of a call, top to bottom. The only place that knows the order.
 *
 * @returns a function that serves one call and never rejects
 */
export function createPipeline<Answer>(stages: Stages<Answer>, { clock, createId }: PipelineDeps) {
  return async function serve(call: IncomingCall): Promise<void> {
    const context = createRequestContext(call, createId(), clock.now())
    try {
      const apiKey = stages.accept(context)
      const caller = await stages.authorize(context, apiKey)
      const candidates = await stages.decide(context, caller)
      const affordable = await stages.reserve(context, { workspace: caller.workspace, candidates })
      const answer = await stages.dispatch(context, affordable)
      await stages.relay(context, answer)
    } catch (error) {
      context.error = await stages.refuse(context, error)
    } finally {
      stages.settle(context)
    }
  }
}
