import { findUnit } from '../../../shared/ab-tests/find-unit.ts'
import { compileRules, type RuleOutcome } from '../../../shared/routers/match-rules.ts'
import { RequestFacts } from '../../../shared/routers/request-facts.ts'
import type { RouterTarget } from '../../../shared/routers/router-settings.ts'
import { previewNotPossible } from './routers.errors.ts'
import type { Routing } from './stored-router.ts'

export interface RouterPreview {
  /** Null: none matches, or the router has no rules. */
  readonly ruleId: string | null
  /** Where the request goes; of a sequential router in the order in which they are tried. None: it is refused. */
  readonly targets: readonly RouterTarget[]
  /** Every rule in order, and why it does or does not match. */
  readonly rules: readonly RuleOutcome[]
}

interface PreviewedRequest {
  readonly workspaceId: string
  /** The body as callers send it, with `keyId` for the key it comes with; any JSON. */
  readonly request: unknown
  readonly nowMs: number
}

/**
 * What a router does with a request, as the data plane would do it.
 *
 * @throws previewNotPossible when the request is no JSON object
 */
export function previewRouting(routing: Routing, { workspaceId, request, nowMs }: PreviewedRequest): RouterPreview {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    throw previewNotPossible({ fault: 'must be a JSON object with messages' }, { param: 'request' })
  }
  if (routing.type === 'sequential') return { ruleId: null, targets: routing.steps, rules: [] }
  const body = new Map<string, unknown>(Object.entries(request))
  const keyId = body.get('keyId')
  const unit = findUnit({ body: request, headers: {}, requestId: 'preview', metadataKey: null, workspaceId })
  const facts = new RequestFacts({
    messages: body.get('messages'),
    metadata: body.get('metadata'),
    tools: body.get('tools'),
    keyId: typeof keyId === 'string' ? keyId : null,
    nowMs,
    unitId: unit.source === 'request' ? null : unit.unitId,
  })
  const { ruleId, target, rules } = compileRules(routing.rules, routing.defaultTarget).explain(facts)
  return { ruleId, targets: target === null ? [] : [target], rules }
}
