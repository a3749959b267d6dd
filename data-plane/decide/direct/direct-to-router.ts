import { findUnit } from '../../../shared/ab-tests/find-unit.ts'
import type { ChatRequest } from '../../../shared/llm/chat-request.ts'
import { RequestFacts } from '../../../shared/routers/request-facts.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { routerNotFound } from '../../errors.ts'
import { NOT_DIRECTED, type RequestContext } from '../../request-context.ts'
import type { KeyOwner } from '../../snapshot/snapshot-store.ts'
import { askAs, factsOf, intendedBy } from './ask-as-variant.ts'
import { resolveRouter } from './resolve-variant.ts'

interface RouterDeps {
  readonly routerId: string
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random: () => number
}

/** A call to a router: the first rule that matches says which A/B test's production variant answers. */
export function directToRouter(
  context: RequestContext,
  { workspace, key }: KeyOwner,
  { routerId, clock, random }: RouterDeps,
): readonly ChatRequest[] {
  const router = workspace.findRouter(routerId)
  if (!router) throw routerNotFound({ routerId })
  const request = context.asked as ChatRequest
  const unit = findUnit({
    body: request,
    headers: context.headers,
    requestId: context.id,
    metadataKey: null,
    workspaceId: workspace.workspaceId,
  })
  const facts = new RequestFacts(factsOf(request, { keyId: key.id, nowMs: clock.now(), unitId: unit.unitId }))
  const { ruleId, through, steps } = resolveRouter(routerId, { workspace, facts, depth: 0 })
  const test = through && workspace.findAbTest(through.abTestId)
  context.direction = {
    ...NOT_DIRECTED,
    routerId,
    ruleId,
    exposure: through && {
      abTestId: through.abTestId,
      variantId: through.variant.id,
      how: 'production',
      unitId: unit.unitId,
      unitSource: unit.source,
      propensity: 1,
      weightsVersion: test?.settings.weightsVersion ?? 0,
    },
    intended: intendedBy(steps.slice(0, 1), workspace),
    captureFor: router.capture && random() < router.capture.rate ? [router.capture.benchmarkId] : [],
  }
  return steps.map((variant) => askAs(request, variant, { lock: true }))
}
