import { findPii } from './find-pii.ts'
import { PII_KINDS, type PiiKind } from './pii-patterns.ts'
import type { PromptRow } from './prompt-content.ts'

export interface RedactedPrompt {
  readonly row: PromptRow
  /** How many different values were replaced, by kind. */
  readonly replaced: Readonly<Record<PiiKind, number>>
}

/** The fields of a message, of its parts and of its tool calls that hold what was written or said. */
const TEXT_FIELDS = new Set(['content', 'text', 'refusal', 'reasoning', 'reasoning_content', 'arguments'])

/**
 * A prompt without the personal data and secrets that patterns can find: in the texts of its messages, in tool calls'
 * arguments, in the expected output and in metadata's values. Each is replaced by a placeholder of its kind, such as
 * `[EMAIL_1]`; the same value has the same number throughout the prompt, however it is spaced. Text that is JSON stays
 * JSON. Doing it twice changes nothing more. What is not found: see `PII_PATTERNS`.
 */
export function redactPrompt(row: PromptRow): RedactedPrompt {
  const redactor = new Redactor(row)
  const messages = row.messages.map((message) => redactor.fields(message) as (typeof row.messages)[number])
  const expectedOutput = row.expectedOutput === null ? null : redactor.text(row.expectedOutput)
  const metadata = row.metadata === null ? null : (redactor.value(row.metadata) as PromptRow['metadata'])
  return { row: { messages, expectedOutput, metadata }, replaced: redactor.counts() }
}

const PLACEHOLDER = new RegExp(`\\[(?:${PII_KINDS.join('|')})_\\d{1,9}\\]`, 'g')

/** Knows the placeholders of one prompt. */
class Redactor {
  /** Placeholders that the prompt held before: they may mean other values. */
  readonly #before: ReadonlySet<string>
  readonly #placeholders = new Map<PiiKind, Map<string, string>>(PII_KINDS.map((kind) => [kind, new Map()]))
  readonly #numbers = new Map<PiiKind, number>()

  constructor(row: PromptRow) {
    this.#before = new Set(JSON.stringify(row).match(PLACEHOLDER))
  }

  counts(): Record<PiiKind, number> {
    const counts = PII_KINDS.map((kind) => [kind, this.#placeholders.get(kind)?.size ?? 0] as const)
    return Object.fromEntries(counts) as Record<PiiKind, number>
  }

  /** An object, its text fields redacted at any depth; everything else as it was. */
  fields(value: unknown): unknown {
    return mapValues(value, (held, name) => {
      return typeof held === 'string' && TEXT_FIELDS.has(name) ? this.text(held) : this.fields(held)
    })
  }

  /** A JSON value with everything in it redacted; a number that tells something becomes a text. */
  value(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value)
    if (typeof value === 'number') return this.#number(String(value)) ?? value
    return mapValues(value, (held) => this.value(held))
  }

  text(text: string): string {
    return isJson(text) ? this.#json(text) : this.#plain(text)
  }

  #plain(text: string): string {
    let redacted = ''
    let from = 0
    for (const { kind, start, end } of findPii(text)) {
      redacted += text.slice(from, start) + this.#placeholder(kind, text.slice(start, end))
      from = end
    }
    return redacted + text.slice(from)
  }

  /** JSON text with its strings and numbers redacted and its form left alone. */
  #json(text: string): string {
    let redacted = ''
    let from = 0
    for (let open = text.indexOf('"'); open !== -1; open = text.indexOf('"', from)) {
      const end = afterString(text, open)
      redacted += this.#numbersIn(text.slice(from, open)) + this.#string(text.slice(open, end))
      from = end
    }
    return redacted + this.#numbersIn(text.slice(from))
  }

  #string(literal: string): string {
    const before = JSON.parse(literal) as string
    const after = this.text(before)
    return after === before ? literal : JSON.stringify(after)
  }

  #numbersIn(json: string): string {
    return json.replaceAll(/-?\d[\d.eE+-]*/g, (digits) => {
      const placeholder = this.#number(digits)
      return placeholder === null ? digits : JSON.stringify(placeholder)
    })
  }

  #number(digits: string): string | null {
    const redacted = this.#plain(digits)
    return redacted === digits ? null : redacted
  }

  #placeholder(kind: PiiKind, value: string): string {
    const known = this.#placeholders.get(kind) ?? new Map<string, string>()
    const identity = toIdentity(kind, value)
    const placeholder = known.get(identity) ?? this.#next(kind)
    known.set(identity, placeholder)
    return placeholder
  }

  #next(kind: PiiKind): string {
    const number = (this.#numbers.get(kind) ?? 0) + 1
    this.#numbers.set(kind, number)
    const placeholder = `[${kind}_${number}]`
    return this.#before.has(placeholder) ? this.#next(kind) : placeholder
  }
}

function mapValues(value: unknown, change: (held: unknown, name: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((held: unknown) => change(held, ''))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [name, change(held, name)]))
}

function isJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The position after a JSON string: after the next quote that no odd number of backslashes precedes. */
function afterString(json: string, open: number): number {
  let close = json.indexOf('"', open + 1)
  while (isEscaped(json, close)) close = json.indexOf('"', close + 1)
  return close + 1
}

function isEscaped(json: string, at: number): boolean {
  let first = at
  while (json[first - 1] === '\\') first -= 1
  return (at - first) % 2 === 1
}

/** What two ways of writing one value have in common. */
function toIdentity(kind: PiiKind, value: string): string {
  switch (kind) {
    case 'EMAIL':
    case 'IP_ADDRESS':
      return value.toLowerCase()
    case 'IBAN':
      return value.replaceAll(' ', '').toUpperCase()
    case 'CREDIT_CARD':
    case 'SSN':
    case 'PHONE':
      return value.replaceAll(/\D/g, '')
    case 'SECRET':
      return value
    default:
      return kind satisfies never
  }
}
