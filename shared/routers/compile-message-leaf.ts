import { pathTo, ConditionFault } from './condition-fault.ts'
import type { Comparison, ConditionLeaf } from './condition-schema.ts'
import { compilePattern, PatternFault, type CompiledPattern } from './compile-pattern.ts'
import { prepareLanguageDetection } from './detect-language.ts'
import { DETECTABLE_LANGUAGES, detectableLanguage } from './language-codes.ts'
import type { RequestFacts } from './request-facts.ts'
import { soughtText } from './searchable-text.ts'

export type FactCheck = (facts: RequestFacts) => boolean
type LeafOf<Type extends ConditionLeaf['type']> = Extract<ConditionLeaf, { type: Type }>

export function compileMessageContains({ target, text, caseSensitive }: LeafOf<'message-contains'>): FactCheck {
  const sought = soughtText(caseSensitive ? text : text.toLowerCase())
  if (caseSensitive) return (facts) => facts.text(target).joined.holds(sought)
  return (facts) => facts.text(target).folded.holds(sought)
}

export function compileMessageEquals({ target, text, caseSensitive }: LeafOf<'message-equals'>): FactCheck {
  if (caseSensitive) return (facts) => facts.text(target).texts.includes(text)
  const folded = text.toLowerCase()
  // A text is never longer than its lower case, and that at most three times as long; most are told apart by it.
  const canEqual = (other: string): boolean => other.length <= folded.length && folded.length <= 3 * other.length
  return (facts) => facts.text(target).texts.some((other) => canEqual(other) && other.toLowerCase() === folded)
}

/** @throws ConditionFault */
export function compileMessageRegex({ target, pattern }: LeafOf<'message-regex'>, path: string): FactCheck {
  const compiled = compilePatternAt(pattern, path)
  return (facts) => compiled.matchesAny(facts.text(target))
}

/** @throws ConditionFault naming the pattern of a leaf */
export function compilePatternAt(pattern: string, path: string): CompiledPattern {
  try {
    return compilePattern(pattern)
  } catch (error) {
    if (error instanceof PatternFault) throw new ConditionFault(pathTo(path, 'pattern'), error.message)
    throw error
  }
}

export function compileMessageLength({ target, unit, compare, value }: LeafOf<'message-length'>): FactCheck {
  const holds = comparison(compare, value)
  return unit === 'tokens'
    ? (facts) => holds(facts.text(target).tokens)
    : (facts) => holds(facts.text(target).characters)
}

/** @returns how a number is compared with the value */
export function comparison(compare: Comparison, value: number): (found: number) => boolean {
  switch (compare) {
    case 'lt':
      return (found) => found < value
    case 'lte':
      return (found) => found <= value
    case 'gt':
      return (found) => found > value
    case 'gte':
      return (found) => found >= value
    case 'equals':
      return (found) => found === value
    default:
      return compare satisfies never
  }
}

/** @throws ConditionFault */
export function compileMessageLanguage(leaf: LeafOf<'message-language'>, path: string): FactCheck {
  const { target, languages, minConfidence } = leaf
  const codes = new Set(
    languages.map((language, index) => {
      const code = detectableLanguage(language)
      if (code !== null) return code
      const known = DETECTABLE_LANGUAGES.join(', ')
      throw new ConditionFault(
        pathTo(pathTo(path, 'languages'), index),
        `must be the ISO 639 code of a language that can be told apart: ${known}`,
      )
    }),
  )
  prepareLanguageDetection()
  return (facts) => {
    const { language } = facts.text(target)
    return language !== null && language.confidence >= minConfidence && codes.has(language.code)
  }
}
