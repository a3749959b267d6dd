import { CommandError } from '../errors.ts'
import { type Fields, isFields, toNumber, type Value } from './bson-values.ts'
import type { StringOrder } from './compare.ts'
import type { StringFold } from './key-encoding.ts'

/** A collation as asked for, made ready: how strings compare, and how they fold into index keys where folding is exact. */
export interface Collation {
  specification: Required<Pick<CollationOptions, 'locale' | 'strength'>> & CollationOptions
  compare: StringOrder
  /** Absent where equal strings cannot be told by folding (numeric order, shifted punctuation). */
  fold?: StringFold
}

export interface CollationOptions {
  locale: string
  strength?: number
  caseLevel?: boolean
  caseFirst?: string
  numericOrdering?: boolean
  alternate?: string
  maxVariable?: string
  normalization?: boolean
  backwards?: boolean
}

const SENSITIVITY = ['base', 'base', 'accent', 'variant', 'variant', 'variant'] as const

/** Reads a command's `collation`; undefined means comparison by bytes, which is also what the locale `simple` asks for. */
export function parseCollation(value: Value): Collation | undefined {
  if (value === undefined || value === null) return undefined
  if (!isFields(value)) throw new CommandError(14, 'collation must be a document')
  if (Object.keys(value).length === 0) return undefined
  if (typeof value['locale'] !== 'string') {
    throw new CommandError(40414, "BSON field 'collation.locale' is missing but a required field")
  }
  if (value['locale'] === 'simple') return undefined
  return buildCollation(readOptions(value, value['locale']))
}

/** Whether keys made under one collation can be looked up under another. */
export function sameCollation(left: Collation | undefined, right: Collation | undefined): boolean {
  if (left === right) return true
  if (!left || !right) return false
  const names = [...new Set([...Object.keys(left.specification), ...Object.keys(right.specification)])]
  return names.every(
    (name) =>
      left.specification[name as keyof CollationOptions] === right.specification[name as keyof CollationOptions],
  )
}

function readOptions(value: Fields, locale: string): Collation['specification'] {
  const strength = value['strength'] === undefined ? 3 : toNumber(value['strength'])
  if (!(strength >= 1 && strength <= 5))
    throw new CommandError(2, `Enumeration value '${strength}' for field 'collation.strength' is not a valid value.`)
  return {
    locale,
    caseLevel: value['caseLevel'] === true,
    caseFirst: typeof value['caseFirst'] === 'string' ? value['caseFirst'] : 'off',
    strength,
    numericOrdering: value['numericOrdering'] === true,
    alternate: typeof value['alternate'] === 'string' ? value['alternate'] : 'non-ignorable',
    maxVariable: typeof value['maxVariable'] === 'string' ? value['maxVariable'] : 'punct',
    normalization: value['normalization'] === true,
    backwards: value['backwards'] === true,
  }
}

function buildCollation(specification: Collation['specification']): Collation {
  const { strength, numericOrdering, caseLevel, caseFirst, alternate } = specification
  const withCase = caseLevel && strength < 3
  const sensitivity = withCase ? (strength === 1 ? 'case' : 'variant') : (SENSITIVITY[strength] ?? 'variant')
  const collator = makeCollator(specification.locale, {
    sensitivity,
    numeric: numericOrdering === true,
    caseFirst: caseFirst === 'upper' || caseFirst === 'lower' ? caseFirst : 'false',
    ignorePunctuation: alternate === 'shifted',
  })
  const foldable = !numericOrdering && alternate !== 'shifted' && !withCase
  return { specification, compare: collator.compare, ...(foldable && { fold: foldFor(strength) }) }
}

function makeCollator(locale: string, options: Intl.CollatorOptions): Intl.Collator {
  try {
    return new Intl.Collator(locale.replaceAll('_', '-'), options)
  } catch {
    throw new CommandError(2, `Field 'locale' is invalid in: { locale: "${locale}" }`)
  }
}

/** Upper-casing first unites letters such as ß and ss, which collate alike below strength 3. */
function foldFor(strength: number): StringFold {
  if (strength >= 3) return (text) => text.normalize('NFD')
  if (strength === 2) return (text) => text.normalize('NFKD').toUpperCase().toLowerCase()
  return (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toUpperCase().toLowerCase()
}
