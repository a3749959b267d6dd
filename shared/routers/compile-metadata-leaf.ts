import { pathTo, ConditionFault } from './condition-fault.ts'
import type { ConditionLeaf, Scalar } from './condition-schema.ts'
import { comparison, compilePatternAt, type FactCheck } from './compile-message-leaf.ts'
import { LONGEST_METADATA_PATH, parseMetadataPath } from './metadata-path.ts'

type MetadataLeaf = Extract<ConditionLeaf, { path: string }>
type ValueCheck = (found: unknown) => boolean

/**
 * A leaf that looks at one value of the metadata. OpenAI's metadata are texts, others send any JSON: so a number or a
 * truth value equals the text that writes it, and a text that writes a number is compared as the number.
 *
 * @throws ConditionFault
 */
export function compileMetadataLeaf(leaf: MetadataLeaf, path: string): FactCheck {
  const names = parseMetadataPath(leaf.path)
  if (names === null) {
    const rule = `must be at most ${LONGEST_METADATA_PATH} names with dots between them, none of them empty`
    throw new ConditionFault(pathTo(path, 'path'), rule)
  }
  const holds = compileValueCheck(leaf, path)
  return (facts) => holds(facts.metadata(names))
}

function compileValueCheck(leaf: MetadataLeaf, path: string): ValueCheck {
  switch (leaf.type) {
    case 'metadata-equals':
      return equality(leaf.value, leaf.caseSensitive)
    case 'metadata-in': {
      const checks = leaf.values.map((value) => equality(value, leaf.caseSensitive))
      return (found) => checks.some((isEqual) => isEqual(found))
    }
    case 'metadata-exists':
      return (found) => found !== undefined && found !== null
    case 'metadata-compare': {
      const holds = comparison(leaf.compare, leaf.value)
      return (found) => {
        const number = asNumber(found)
        return number !== null && holds(number)
      }
    }
    case 'metadata-regex': {
      const pattern = compilePatternAt(leaf.pattern, path)
      return (found) => {
        const text = asText(found)
        return text !== null && pattern.matches(text)
      }
    }
    case 'metadata-contains':
      return containment(leaf.text, leaf.caseSensitive)
    default:
      return leaf satisfies never
  }
}

function equality(value: Scalar, caseSensitive: boolean): ValueCheck {
  if (value === null) return (found) => found === null
  if (typeof value === 'number') return (found) => asNumber(found) === value
  if (caseSensitive) {
    const text = String(value)
    return (found) => asText(found) === text
  }
  const folded = String(value).toLowerCase()
  return (found) => asText(found)?.toLowerCase() === folded
}

function containment(text: string, caseSensitive: boolean): ValueCheck {
  const isEqual = equality(text, caseSensitive)
  const folded = text.toLowerCase()
  return (found) => {
    if (Array.isArray(found)) return found.some(isEqual)
    if (typeof found !== 'string') return isEqual(found)
    return caseSensitive ? found.includes(text) : found.toLowerCase().includes(folded)
  }
}

const NUMBER = /^-?\d{1,30}(?:\.\d{1,30})?(?:[eE][-+]?\d{1,3})?$/

function asNumber(found: unknown): number | null {
  if (typeof found === 'number') return found
  return typeof found === 'string' && NUMBER.test(found) ? Number(found) : null
}

function asText(found: unknown): string | null {
  if (typeof found === 'string') return found
  return typeof found === 'number' || typeof found === 'boolean' ? String(found) : null
}
