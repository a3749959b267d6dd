import { ConditionFault, pathTo } from './condition-fault.ts'
import { compileCondition, type CompiledCondition } from './compile-condition.ts'
import type { Condition, ConditionLeaf } from './condition-schema.ts'
import { explainCondition, type ConditionExplanation } from './explain-condition.ts'
import type { RequestFacts } from './request-facts.ts'

/** A rule of a filter router: where its condition holds, the request goes to its target. */
export interface RouterRule<Target> {
  readonly id: string
  readonly name: string
  readonly enabled: boolean
  readonly condition: Condition
  readonly target: Target
}

export interface RuleMatch<Target> {
  /** Null: no rule matches, and the target is the default. */
  readonly ruleId: string | null
  readonly target: Target
}

export interface RulesExplanation<Target> extends RuleMatch<Target> {
  /** Every rule, in order. */
  readonly rules: readonly RuleOutcome[]
}

export type RuleOutcome = {
  readonly id: string
  readonly name: string
} & (
  | { readonly outcome: 'matches' | 'does-not-match'; readonly explanation: ConditionExplanation }
  /** Switched off, or after the rule that matches. */
  | { readonly outcome: 'disabled' | 'not-reached' }
)

export interface CompiledRules<Target> {
  /** The first rule that holds, or the default. Never throws, whatever the request is. */
  match(facts: RequestFacts): RuleMatch<Target>
  /** The same, with why each rule before it does not hold. */
  explain(facts: RequestFacts): RulesExplanation<Target>
}

/** Bounds of all rules of a router together: what one long request can be made to cost. */
const MOST_ROUTER_LEAVES = 1_000
const MOST_ROUTER_PATTERNS = 50

/**
 * Done when rules change, never while a request waits. Rules that are switched off are left alone.
 *
 * @param rules in the order of their priority
 * @param defaultTarget where a request goes that no rule matches
 * @throws ConditionFault when a condition cannot be compiled; its path begins with `rules` and the index;
 *   or when the rules have too many leaves together
 */
export function compileRules<Target, Default = Target>(
  rules: readonly RouterRule<Target>[],
  defaultTarget: Default,
): CompiledRules<Target | Default> {
  refuseTooMany(rules)
  const compiled = rules.map((rule, index): CompiledRule<Target> => {
    const path = pathTo(pathTo('rules', index), 'condition')
    return { rule, condition: rule.enabled ? compileCondition(rule.condition, path) : null }
  })
  const byDefault: RuleMatch<Target | Default> = { ruleId: null, target: defaultTarget }
  const enabled = compiled.flatMap(({ rule: { id, target }, condition }) =>
    condition ? [{ matches: condition.matches, match: { ruleId: id, target } }] : [],
  )
  const match = (facts: RequestFacts): RuleMatch<Target | Default> => {
    for (const rule of enabled) if (rule.matches(facts)) return rule.match
    return byDefault
  }
  return { match, explain: (facts) => ({ ...match(facts), rules: explainRules(compiled, facts) }) }
}

interface CompiledRule<Target> {
  readonly rule: RouterRule<Target>
  /** Null: the rule is switched off. */
  readonly condition: CompiledCondition | null
}

function refuseTooMany(rules: readonly RouterRule<unknown>[]): void {
  const types = rules.flatMap(({ condition }) => leafTypes(condition))
  const patterns = types.filter((type) => type === 'message-regex' || type === 'metadata-regex').length
  if (types.length > MOST_ROUTER_LEAVES) {
    throw new ConditionFault('rules', `must not have more than ${MOST_ROUTER_LEAVES} leaves together`)
  }
  if (patterns > MOST_ROUTER_PATTERNS) {
    throw new ConditionFault('rules', `must not have more than ${MOST_ROUTER_PATTERNS} regular expressions together`)
  }
}

function leafTypes(condition: Condition): readonly ConditionLeaf['type'][] {
  if (condition.type === 'not') return leafTypes(condition.condition)
  if (condition.type === 'all' || condition.type === 'any') return condition.conditions.flatMap(leafTypes)
  return [condition.type]
}

function explainRules(rules: readonly CompiledRule<unknown>[], facts: RequestFacts): RuleOutcome[] {
  let isDecided = false
  return rules.map(({ rule: { id, name }, condition }) => {
    if (condition === null) return { id, name, outcome: 'disabled' }
    if (isDecided) return { id, name, outcome: 'not-reached' }
    const explanation = explainCondition(condition, facts)
    isDecided = explanation.matches
    return { id, name, outcome: isDecided ? 'matches' : 'does-not-match', explanation }
  })
}
