import type { z } from 'zod'
import type { SettingFault } from '../../../../../shared/ab-tests/setting-fault.ts'

type RawIssue = Parameters<z.core.$ZodErrorMap>[0]

/** Says what a setting must be, as the end of a sentence that begins with its path. For zod's `error` option. */
export function describeIssue(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : `must be ${NOUNS.get(issue.expected) ?? issue.expected}`
    case 'too_small':
      return `must ${limitVerb(issue.origin)} ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${limitUnit(issue.origin)}`
    case 'too_big':
      return `must ${limitVerb(issue.origin)} ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${limitUnit(issue.origin)}`
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`
    case 'unrecognized_keys':
      return 'is not a setting of this kind'
    default:
      return undefined
  }
}

/** A setting that no kind has counts by its own name. */
export function faultsOf(issues: readonly z.core.$ZodIssue[]): SettingFault[] {
  return issues.flatMap((issue) => {
    const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path]
    return paths.map((path) => ({ path: writePath(path), message: issue.message }))
  })
}

const NOUNS: ReadonlyMap<string, string> = new Map([
  ['string', 'a text'],
  ['number', 'a finite number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'an object'],
])

function limitVerb(origin: string): string {
  return NUMERIC.has(origin) ? 'be' : 'have'
}

function limitUnit(origin: string): string {
  if (NUMERIC.has(origin)) return ''
  return origin === 'string' ? ' characters' : ' entries'
}

const NUMERIC: ReadonlySet<string> = new Set(['number', 'int', 'bigint'])

function writePath(keys: readonly PropertyKey[]): string {
  return keys.reduce<string>((path, key) => {
    if (typeof key === 'number') return `${path}[${key}]`
    return path === '' ? String(key) : `${path}.${String(key)}`
  }, '')
}
