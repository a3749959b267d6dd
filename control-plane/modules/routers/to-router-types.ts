import type { RuleOutcome } from '../../../shared/routers/match-rules.ts'
import type { RouterTarget } from '../../../shared/routers/router-settings.ts'
import type { RouterPreview } from './preview-routing.ts'
import type { RouterPreviewType, RouterTargetType, RouterType, RuleOutcomeType } from './routers.types.ts'
import type { StoredRouter } from './stored-router.ts'

/** A router in the API's words. */
export function toRouterType({ _id, workspaceId, name, routing, capture, createdAt }: StoredRouter): RouterType {
  const { rules, defaultTarget } = routing.type === 'filter' ? routing : { rules: [], defaultTarget: null }
  return {
    id: _id,
    workspaceId,
    name,
    type: routing.type,
    rules: rules.map(({ target, ...rule }) => ({ ...rule, target: toTargetType(target) })),
    defaultTarget: defaultTarget && toTargetType(defaultTarget),
    steps: routing.type === 'sequential' ? routing.steps.map(toTargetType) : [],
    capture,
    createdAt: new Date(createdAt),
  }
}

export function toPreviewType({ ruleId, targets, rules }: RouterPreview): RouterPreviewType {
  return { ruleId, targets: targets.map(toTargetType), rules: rules.map(toOutcomeType) }
}

function toTargetType(target: RouterTarget): RouterTargetType {
  return target.type === 'ab-test'
    ? { abTestId: target.abTestId, model: null }
    : { abTestId: null, model: target.model }
}

function toOutcomeType(rule: RuleOutcome): RuleOutcomeType {
  const { reasons, moreReasons } = 'explanation' in rule ? rule.explanation : { reasons: [], moreReasons: 0 }
  return { ruleId: rule.id, name: rule.name, outcome: rule.outcome, reasons: [...reasons], moreReasons }
}
