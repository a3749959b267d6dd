import { compileRules } from '../../shared/routers/match-rules.ts'
import type { RequestFacts } from '../../shared/routers/request-facts.ts'
import type { RouterSettings, RouterTarget } from '../../shared/routers/router-settings.ts'

/** A router as the serving path sees it. */
export interface RouterView {
  readonly name: string
  readonly capture: RouterSettings['capture']
  /** Where a request goes: of a filter router one place, of a sequential one several in order. Empty: nowhere. */
  choose(facts: RequestFacts): { readonly ruleId: string | null; readonly targets: readonly RouterTarget[] }
}

/** Compiles the rules; done once a revision of the workspace, when the router is first called. */
export function createRouterView(settings: RouterSettings): RouterView {
  const { name, capture } = settings
  if (settings.type === 'sequential') {
    const sequence = { ruleId: null, targets: settings.steps }
    return { name, capture, choose: () => sequence }
  }
  const { rules, defaultTarget } = settings
  const { match } = compileRules(rules, defaultTarget)
  return {
    name,
    capture,
    choose(facts) {
      const { ruleId, target } = match(facts)
      return { ruleId, targets: target ? [target] : [] }
    },
  }
}
