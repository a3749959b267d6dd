import type { CompiledCondition } from './compile-condition.ts'
import { describeFound, describeLeaf } from './describe-leaf.ts'
import type { RequestFacts } from './request-facts.ts'

/** Why a condition does or does not hold of a request. */
export interface ConditionExplanation {
  readonly matches: boolean
  /**
   * The leaves that decide, in the order in which they were written: of an `all` that fails the first that fails, of an
   * `any` that holds the first that holds, of the others every one.
   */
  readonly reasons: readonly ConditionReason[]
  /** How many more leaves decide than are told. */
  readonly moreReasons: number
}

export interface ConditionReason {
  /** Where the leaf stands: names and indices joined by dots. */
  readonly path: string
  /** What it asks for: `the last message of the user contains "refund"`. */
  readonly expected: string
  readonly holds: boolean
  /** What the request has there, in at most a hundred characters. */
  readonly found: string
  /** All of it in one sentence. */
  readonly sentence: string
}

const MOST_REASONS = 20

/** For people who look why: slower than matching, with the same outcome. */
export function explainCondition(condition: CompiledCondition, facts: RequestFacts): ConditionExplanation {
  const leaves = decidingLeaves(condition, facts)
  return {
    matches: condition.matches(facts),
    reasons: leaves.slice(0, MOST_REASONS).map((leaf) => explainLeaf(leaf, facts)),
    moreReasons: Math.max(0, leaves.length - MOST_REASONS),
  }
}

type CompiledLeaf = Extract<CompiledCondition, { type: 'leaf' }>

function decidingLeaves(condition: CompiledCondition, facts: RequestFacts): readonly CompiledLeaf[] {
  switch (condition.type) {
    case 'leaf':
      return [condition]
    case 'not':
      return decidingLeaves(condition.part, facts)
    case 'all':
    case 'any': {
      const decides = condition.type === 'any'
      const decider = condition.parts.find((part) => part.matches(facts) === decides)
      return (decider ? [decider] : condition.parts).flatMap((part) => decidingLeaves(part, facts))
    }
    default:
      return condition satisfies never
  }
}

function explainLeaf({ path, leaf, matches }: CompiledLeaf, facts: RequestFacts): ConditionReason {
  const expected = describeLeaf(leaf)
  const holds = matches(facts)
  const found = describeFound(leaf, facts)
  return {
    path,
    expected,
    holds,
    found,
    sentence: `${holds ? 'Holds' : 'Does not hold'}: ${expected}. Found: ${found}.`,
  }
}
