import type { ChatRequest } from '../../shared/llm/chat-request.ts'
import { unpriceableModel } from '../errors.ts'
import type { Draft, RequestContext } from '../request-context.ts'
import type { KeyOwner } from '../snapshot/snapshot-store.ts'
import type { Candidate } from '../snapshot/workspace-view.ts'
import type { Decider } from './choose-candidates.ts'
import type { DirectCall } from './direct/direct-call.ts'

interface DecideDeps {
  readonly decider: Decider
  readonly direct: DirectCall
}

/** More are never tried for one call, however many steps a router has. */
const MOST_OFFERED = 8

/**
 * Makes the stage that says who could serve a call. A call to the workspace goes by what it says itself; one to an A/B
 * test or a router goes by the variant that answers it, or by several, each tried when those before it have failed.
 */
export function createDecideCall({ decider, direct }: DecideDeps) {
  return function decideCall(
    context: RequestContext,
    caller: KeyOwner,
  ): readonly Candidate[] | Promise<readonly Candidate[]> {
    refuseUnpriced(context, caller)
    if (context.scope.type === 'workspace') return decider.chooseCandidates(context, caller)
    return direct(context, caller).then((requests) => chooseForEach(context, caller, { decider, requests }))
  }
}

/** The credits API says so of a model that could be called, were its price known; elsewhere it is one that cannot be called. */
function refuseUnpriced({ dialect, requestedModel }: RequestContext, { workspace }: KeyOwner): void {
  if (dialect.surface !== 'credits' || !workspace.lacksPrice(requestedModel)) return
  throw unpriceableModel({ model: requestedModel }, { param: 'model' })
}

interface Steps {
  readonly decider: Decider
  /** The request as each of the variants has it asked; at least one. */
  readonly requests: readonly ChatRequest[]
}

/** @throws SignalboxError of the first step, where no step has anything to offer */
function chooseForEach(context: RequestContext, caller: KeyOwner, { decider, requests }: Steps): readonly Candidate[] {
  const drafts = new Map<Candidate, Draft>()
  let first: RequestContext['decision'] = null
  let refusal: unknown = null
  for (const request of requests) {
    const draft = { request, body: Buffer.from(JSON.stringify(request)) }
    use(context, draft)
    try {
      const found = decider.chooseCandidates(context, caller)
      // What an earlier step asks already is not asked again in other words.
      for (const candidate of found.filter((each) => !drafts.has(each))) drafts.set(candidate, draft)
      first ??= context.decision
    } catch (error) {
      refusal ??= error
    }
  }
  const candidates = [...drafts.keys()].slice(0, MOST_OFFERED)
  const draft = candidates[0] && drafts.get(candidates[0])
  if (!draft) throw refusal
  use(context, draft)
  context.decision = first
  context.drafts = requests.length > 1 ? drafts : null
  return candidates
}

function use(context: RequestContext, { request, body }: Draft): void {
  context.request = request
  context.body = body
  context.requestedModel = request.model
}
