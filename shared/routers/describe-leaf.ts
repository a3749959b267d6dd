import type { Comparison, ConditionLeaf, Scalar, TextTarget } from './condition-schema.ts'
import { parseMetadataPath } from './metadata-path.ts'
import type { RequestFacts } from './request-facts.ts'
import { stickyFraction } from './sticky-percentage.ts'

const LONGEST_FOUND = 100
const MOST_LISTED = 5
/** What is shown before a text that was found. */
const LEAD = 20

/** What a leaf asks for, as a statement: `the last message of the user contains "refund"`. */
export function describeLeaf(leaf: ConditionLeaf): string {
  switch (leaf.type) {
    case 'message-contains':
      return `${SUBJECTS[leaf.target]} contains ${show(leaf.text)}${caseNote(leaf)}`
    case 'message-equals':
      return `${SUBJECTS[leaf.target]} is ${show(leaf.text)}${caseNote(leaf)}`
    case 'message-regex':
      return `${SUBJECTS[leaf.target]} matches ${show(leaf.pattern)}`
    case 'message-length':
      return `${WHOLES[leaf.target]} together have ${COMPARED[leaf.compare]} ${leaf.value} ${leaf.unit}`
    case 'message-language':
      return `${WHOLES[leaf.target]} are in ${list(leaf.languages)}, with a confidence of at least ${leaf.minConfidence}`
    case 'has-image':
      return 'a message has an image'
    case 'has-tools':
      return 'the request has tools'
    case 'turn-count':
      return `the user has spoken ${COMPARED[leaf.compare]} ${leaf.value} times`
    case 'metadata-equals':
      return `metadata ${show(leaf.path)} is ${show(leaf.value)}${caseNote(leaf)}`
    case 'metadata-in':
      return `metadata ${show(leaf.path)} is one of ${list(leaf.values)}${caseNote(leaf)}`
    case 'metadata-exists':
      return `metadata ${show(leaf.path)} is there`
    case 'metadata-compare':
      return `metadata ${show(leaf.path)} is ${COMPARED[leaf.compare]} ${leaf.value}`
    case 'metadata-regex':
      return `metadata ${show(leaf.path)} matches ${show(leaf.pattern)}`
    case 'metadata-contains':
      return `metadata ${show(leaf.path)} contains ${show(leaf.text)}${caseNote(leaf)}`
    case 'key':
      return `the key is one of ${list(leaf.keyIds)}`
    case 'time-of-day':
      return `in ${leaf.timeZone} it is ${leaf.from} to ${leaf.to}, on ${leaf.days.join(', ')}`
    case 'percentage':
      return `the unit is among the ${leaf.percent} % of ${show(leaf.salt)}`
    default:
      return leaf satisfies never
  }
}

/** What a request has at the place that a leaf looks at: at most a hundred characters of it. */
export function describeFound(leaf: ConditionLeaf, facts: RequestFacts): string {
  switch (leaf.type) {
    case 'message-contains':
      return showTexts(leaf.target, facts, leaf.text)
    case 'message-equals':
    case 'message-regex':
      return showTexts(leaf.target, facts)
    case 'message-length':
      return `${facts.text(leaf.target)[leaf.unit]} ${leaf.unit}`
    case 'message-language': {
      const { language } = facts.text(leaf.target)
      return language ? `${language.code} with a confidence of ${language.confidence.toFixed(2)}` : 'no known language'
    }
    case 'has-image':
      return facts.hasImage ? 'an image' : 'no image'
    case 'has-tools':
      return facts.hasTools ? 'tools' : 'no tools'
    case 'turn-count':
      return `${facts.turns} times`
    case 'metadata-equals':
    case 'metadata-in':
    case 'metadata-exists':
    case 'metadata-compare':
    case 'metadata-regex':
    case 'metadata-contains':
      return showMetadata(facts.metadata(parseMetadataPath(leaf.path) ?? []))
    case 'key':
      return facts.keyId === null ? 'no key' : show(facts.keyId)
    case 'time-of-day':
      return showTime(leaf.timeZone, facts.nowMs)
    case 'percentage':
      if (facts.unitId === null) return 'no unit'
      return `a place at ${(stickyFraction(leaf.salt, facts.unitId) * 100).toFixed(2)} %`
    default:
      return leaf satisfies never
  }
}

const SUBJECTS: Readonly<Record<TextTarget, string>> = {
  any: 'a message',
  'last-user': 'the last message of the user',
  system: 'a system message',
}
const WHOLES: Readonly<Record<TextTarget, string>> = {
  any: 'the messages',
  'last-user': 'the last words of the user',
  system: 'the system messages',
}
const COMPARED: Readonly<Record<Comparison, string>> = {
  lt: 'less than',
  lte: 'at most',
  gt: 'more than',
  gte: 'at least',
  equals: 'exactly',
}

function caseNote({ caseSensitive }: { readonly caseSensitive: boolean }): string {
  return caseSensitive ? ', in this case' : ''
}

function list(values: readonly Scalar[]): string {
  const shown = values.slice(0, MOST_LISTED).map(show).join(', ')
  return values.length > MOST_LISTED ? `${shown} and ${values.length - MOST_LISTED} more` : shown
}

function show(value: Scalar): string {
  return shorten(typeof value === 'string' ? JSON.stringify(value.slice(0, LONGEST_FOUND + 1)) : String(value))
}

function showTexts(target: TextTarget, facts: RequestFacts, sought = ''): string {
  const { texts } = facts.text(target)
  const first = texts.at(target === 'any' ? -1 : 0)
  if (first === undefined) return 'no such text'
  const folded = sought.toLowerCase()
  const holder = sought === '' ? undefined : texts.find((text) => text.toLowerCase().includes(folded))
  if (holder !== undefined) {
    const at = Math.max(0, holder.toLowerCase().indexOf(folded) - LEAD)
    return shorten(JSON.stringify(holder.slice(at, at + LONGEST_FOUND)))
  }
  const others = texts.length > 1 ? ` and ${texts.length - 1} more` : ''
  return `${shorten(JSON.stringify(first.slice(0, LONGEST_FOUND)), LONGEST_FOUND - others.length)}${others}`
}

function showMetadata(found: unknown): string {
  if (found === undefined) return 'nothing'
  if (typeof found === 'string') return show(found)
  if (Array.isArray(found)) return `a list of ${found.length}`
  return typeof found === 'object' && found !== null ? 'an object' : String(found)
}

function showTime(timeZone: string, nowMs: number): string {
  const time = new Date(nowMs)
  if (Number.isNaN(time.getTime())) return 'no time'
  const options = { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  return new Intl.DateTimeFormat('en-US', options).format(time)
}

function shorten(text: string, longest = LONGEST_FOUND): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`
}
