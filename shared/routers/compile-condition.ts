import { pathTo } from './condition-fault.ts'
import type { Condition, ConditionLeaf } from './condition-schema.ts'
import { compileLeaf, LEAF_COST } from './compile-leaf.ts'
import type { FactCheck } from './compile-message-leaf.ts'

/** A condition that is ready to be asked of any number of requests. Its parts stand as they were written. */
export type CompiledCondition =
  | (CompiledPart & { readonly type: 'leaf'; readonly leaf: ConditionLeaf })
  | (CompiledPart & { readonly type: 'all' | 'any'; readonly parts: readonly CompiledCondition[] })
  | (CompiledPart & { readonly type: 'not'; readonly part: CompiledCondition })

interface CompiledPart {
  /** Names and indices from the root, joined by dots. */
  readonly path: string
  /** Nanoseconds, roughly; the dearest case. */
  readonly cost: number
  readonly matches: FactCheck
}

/**
 * Leaves only look; so the cheap ones of an `all` or an `any` are asked first, and often spare the dear ones.
 *
 * @param path where the condition stands; names the place of a fault
 * @throws ConditionFault when a part cannot be compiled: an expression, a time zone, a language, a path
 */
export function compileCondition(condition: Condition, path = ''): CompiledCondition {
  switch (condition.type) {
    case 'all':
    case 'any': {
      const parts = condition.conditions.map((part, index) =>
        compileCondition(part, pathTo(pathTo(path, 'conditions'), index)),
      )
      const cost = parts.reduce((sum, part) => sum + part.cost, 0)
      return { type: condition.type, path, cost, parts, matches: combine(condition.type, parts) }
    }
    case 'not': {
      const part = compileCondition(condition.condition, pathTo(path, 'condition'))
      const { matches } = part
      return { type: 'not', path, cost: part.cost, part, matches: (facts) => !matches(facts) }
    }
    default:
      return {
        type: 'leaf',
        path,
        cost: LEAF_COST[condition.type],
        leaf: condition,
        matches: compileLeaf(condition, path),
      }
  }
}

function combine(type: 'all' | 'any', parts: readonly CompiledCondition[]): FactCheck {
  const checks = parts.toSorted((left, right) => left.cost - right.cost).map(({ matches }) => matches)
  const decides = type === 'any'
  return (facts) => {
    for (const check of checks) if (check(facts) === decides) return decides
    return !decides
  }
}
