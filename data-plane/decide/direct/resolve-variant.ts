import type { ModelVariant, Variant } from '../../../shared/ab-tests/variant-settings.ts'
import type { RouterTarget } from '../../../shared/routers/router-settings.ts'
import type { RequestFacts } from '../../../shared/routers/request-facts.ts'
import { GATEWAYS } from '../../../shared/llm/gateways.ts'
import { modelNotFound, noFiltersConfigured, noProductionVariant, routerNotFound } from '../../errors.ts'
import type { WorkspaceView } from '../../snapshot/workspace-view.ts'

interface ResolveFacts {
  readonly workspace: WorkspaceView
  readonly facts: RequestFacts
  /** How many routers led here. The control plane lets none lead in a circle; this bounds what it may have missed. */
  readonly depth: number
}

/** What a router makes of a request. */
export interface Resolved {
  readonly ruleId: string | null
  /** The first target's A/B test, whose production variant was taken; null: it is a model. */
  readonly through: { readonly abTestId: string; readonly variant: Variant } | null
  /** The models to ask, in order. */
  readonly steps: readonly ModelVariant[]
}

const DEEPEST = 5

/**
 * Follows a router to the models behind it.
 *
 * @throws SignalboxError `router_not_found`, `no_filters_configured` or `no_production_variant`
 */
export function resolveRouter(routerId: string, { workspace, facts, depth }: ResolveFacts): Resolved {
  const router = depth < DEEPEST ? workspace.findRouter(routerId) : null
  if (!router) throw routerNotFound({ routerId })
  const { ruleId, targets } = router.choose(facts)
  if (targets.length === 0) throw noFiltersConfigured({ router: router.name })
  const followed = targets.map((target) => followTarget(target, { workspace, facts, depth: depth + 1 }))
  return { ruleId, through: followed[0]?.through ?? null, steps: followed.flatMap(({ steps }) => steps) }
}

/** The models behind a variant: its own, or those its router leads to. */
export function resolveVariant(variant: Variant, facts: ResolveFacts): readonly ModelVariant[] {
  return variant.type === 'model' ? [variant] : resolveRouter(variant.routerId, facts).steps
}

function followTarget(target: RouterTarget, facts: ResolveFacts): Omit<Resolved, 'ruleId'> {
  if (target.type === 'model') return { through: null, steps: [bareVariant(target.model)] }
  const test = facts.workspace.findAbTest(target.abTestId)
  const variant = test?.production
  if (!variant) throw noProductionVariant({ abTest: test?.settings.name ?? target.abTestId })
  return { through: { abTestId: target.abTestId, variant }, steps: resolveVariant(variant, facts) }
}

/** A model as it is, without a prompt or parameters. */
function bareVariant(name: string): ModelVariant {
  const gateway = GATEWAYS.find((each) => name.startsWith(`${each}:`))
  if (!gateway) throw modelNotFound({ model: name })
  const model = name.slice(gateway.length + 1)
  return { type: 'model', id: name, name, gateway, model, systemPrompt: null, parameters: {} }
}
