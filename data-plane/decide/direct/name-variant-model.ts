import { GATEWAYS, type Gateway } from '../../../shared/llm/gateways.ts'
import { modelNotFound } from '../../errors.ts'
import type { WorkspaceView } from '../../snapshot/workspace-view.ts'

/** A model at a gateway, which is what a variant names. */
export interface NamedAtGateway {
  readonly gateway: Gateway
  readonly model: string
}

/**
 * What a request to an A/B test means by its `model`: with a gateway before it, that; without one, the gateway of the
 * model's own maker, and where the workspace cannot reach that, the first through which it can.
 *
 * @throws SignalboxError `model_not_found`
 */
export function nameVariantModel(name: string, workspace: WorkspaceView): NamedAtGateway {
  const prefix = GATEWAYS.find((gateway) => name.startsWith(`${gateway}:`))
  const candidates = workspace.findCandidates(name)
  if (prefix && (candidates.length > 0 || workspace.isKnown(name))) {
    return { gateway: prefix, model: name.slice(prefix.length + 1) }
  }
  const [first] = candidates
  if (!first) throw modelNotFound({ model: name }, { param: 'model' })
  const own = MAKERS_OWN.get(first.model.author)
  const native = candidates.find(({ endpoint }) => endpoint.gateway === own) ?? first
  return { gateway: native.endpoint.gateway, model: native.model.id }
}

const MAKERS_OWN: ReadonlyMap<string, Gateway> = new Map<string, Gateway>([
  ['openai', 'openai'],
  ['anthropic', 'anthropic'],
  ['google', 'vertex'],
  ['amazon', 'bedrock'],
])
