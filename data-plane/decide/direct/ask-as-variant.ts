import { applyVariant } from '../../../shared/ab-tests/apply-variant.ts'
import type { ModelVariant } from '../../../shared/ab-tests/variant-settings.ts'
import type { ChatRequest } from '../../../shared/llm/chat-request.ts'
import type { RoutedRequest } from '../../../shared/routers/request-facts.ts'
import type { Candidate, WorkspaceView } from '../../snapshot/workspace-view.ts'

/** The request as a variant answers it. What the caller tells Signalbox of it in `metadata` is not the provider's to know. */
export function askAs(request: ChatRequest, variant: ModelVariant, options: { lock: boolean }): ChatRequest {
  return withoutMetadata(applyVariant(request, variant, options))
}

export function withoutMetadata({ metadata: _metadata, ...request }: ChatRequest): ChatRequest {
  return request as ChatRequest
}

/** The ways to serve what the variants say: another that answers is not what was assigned. */
export function intendedBy(
  variants: readonly Pick<ModelVariant, 'gateway' | 'model'>[],
  workspace: WorkspaceView,
): Set<Candidate> {
  return new Set(variants.flatMap(({ gateway, model }) => workspace.findCandidates(`${gateway}:${model}`)))
}

/** What of a request a router's rules may look at. */
export function factsOf(
  { messages, metadata, tools }: ChatRequest,
  facts: Pick<RoutedRequest, 'keyId' | 'nowMs' | 'unitId'>,
): RoutedRequest {
  return { messages, metadata, tools, ...facts }
}
