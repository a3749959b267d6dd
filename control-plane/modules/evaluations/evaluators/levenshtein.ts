import { distance } from 'fastest-levenshtein'

/**
 * `1 - distance / length of the longer text`, in code points; 1 for two empty texts. Myers' bit-parallel distance: a step
 * for each character of one text and each 32 characters of the other.
 */
export function levenshteinSimilarity(left: string, right: string): number {
  const [leftUnits, rightUnits] = toUnits(left, right)
  const longest = Math.max(leftUnits.length, rightUnits.length)
  return longest === 0 ? 1 : 1 - distance(leftUnits, rightUnits) / longest
}

/**
 * The library compares UTF-16 units, so that an emoji would count twice. Texts that have any are written with a unit for
 * each different code point; the bound on the length of texts keeps these within the 65,536 that there are.
 */
function toUnits(left: string, right: string): [string, string] {
  if (!SURROGATE.test(left) && !SURROGATE.test(right)) return [left, right]
  const units = new Map<string, string>()
  const unitOf = (character: string): string => {
    const unit = units.get(character) ?? String.fromCharCode(units.size)
    units.set(character, unit)
    return unit
  }
  const rewrite = (text: string): string => Array.from(text, unitOf).join('')
  return [rewrite(left), rewrite(right)]
}

const SURROGATE = /[\ud800-\udfff]/
