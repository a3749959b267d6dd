import { createHash } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from '../../../shared/json-schema/canonical-json.ts'

/** Who may speak in a prompt: OpenAI's roles. */
export const PROMPT_ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'] as const

/** How deep values may lie in one another: what walks them recursively later must not run out of stack. */
export const MAX_PROMPT_DEPTH = 64

const NOT_CONTENT = 'must be a text or an array of parts'
const NOT_EXPECTED = 'must be a text, or an object or array, which is kept as JSON text'

const partSchema = z
  .looseObject({ type: z.string({ error: 'must be a text such as "text"' }) }, { error: 'must be an object' })
  .refine((part) => part.type !== 'text' || typeof part['text'] === 'string', {
    path: ['text'],
    error: 'must be a text',
  })

const contentSchema = z.union([z.string(), z.array(partSchema).nonempty({ error: NOT_CONTENT })], {
  error: NOT_CONTENT,
})

const messageSchema = z
  .looseObject(
    {
      role: z.enum(PROMPT_ROLES, { error: `must be one of ${PROMPT_ROLES.join(', ')}` }),
      content: contentSchema.nullish(),
    },
    { error: 'must be an object with role and content' },
  )
  .refine((message) => isPresent(message.content) || callsTools(message), { path: ['content'], error: NOT_CONTENT })

/**
 * A prompt as files, captured calls and chosen generations write it: `messages`, `expected_output`, `metadata`. Gives a
 * `PromptRow`. Other fields of the row are dropped, those of a message are kept.
 */
const promptRowSchema = z
  .object(
    {
      messages: z
        .array(messageSchema, { error: ({ input }) => (isPresent(input) ? 'must be an array' : 'is required') })
        .nonempty({ error: 'must not be empty' }),
      expected_output: z.unknown().refine(canBeExpected, { error: NOT_EXPECTED }).optional(),
      metadata: z.record(z.string(), z.unknown(), { error: 'must be an object' }).nullish(),
    },
    { error: 'must be an object with messages' },
  )
  .transform((row): PromptRow => {
    const { messages, expected_output: expected, metadata } = row
    return { messages, expectedOutput: toExpectedText(expected), metadata: metadata ?? null }
  })

export type PromptMessage = z.infer<typeof messageSchema>

/** What one prompt of a benchmark is. */
export interface PromptRow {
  readonly messages: readonly PromptMessage[]
  /** What a good answer says; an object given for it is kept as its JSON text. */
  readonly expectedOutput: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
}

/** What is wrong with a row. */
export interface RowFault {
  /** Where in the row, for example `messages[0].role`; empty for the row as a whole. */
  readonly path: string
  /** What is wrong there, to be read after the path: `must be …`. */
  readonly message: string
}

export type PromptReading = { readonly row: PromptRow } | { readonly fault: RowFault }

/**
 * Reads one prompt, wherever it comes from: the rule is the same for a file, a captured call and a stored generation.
 *
 * @param fields untrusted: `{ messages, expected_output?, metadata? }`
 * @returns the row, or the first thing that is wrong with it
 */
export function readPromptRow(fields: unknown): PromptReading {
  if (liesDeeper(fields, MAX_PROMPT_DEPTH)) {
    return { fault: { path: '', message: `must not be nested more than ${MAX_PROMPT_DEPTH} levels deep` } }
  }
  const read = promptRowSchema.safeParse(fields)
  return read.success ? { row: read.data } : { fault: toFault(read.error.issues) }
}

/**
 * What makes two prompts the same prompt: SHA-256, in hexadecimal, of the canonical JSON of messages and expected
 * output. Metadata and the order of fields do not count.
 */
export function contentHash({ messages, expectedOutput }: PromptRow): string {
  const content = canonicalJson({ messages, expectedOutput }, () => {})
  return createHash('sha256').update(content).digest('hex')
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null
}

/** An assistant's message that calls tools needs no words. */
function callsTools(message: Readonly<Record<string, unknown>>): boolean {
  if (message['role'] !== 'assistant') return false
  const calls = message['tool_calls']
  return (Array.isArray(calls) && calls.length > 0) || isPresent(message['function_call'])
}

function canBeExpected(value: unknown): boolean {
  return value === undefined || typeof value === 'string' || typeof value === 'object'
}

function toExpectedText(value: unknown): string | null {
  if (!isPresent(value)) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function liesDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((held) => liesDeeper(held, levels - 1))
}

function toFault(issues: readonly z.core.$ZodIssue[]): RowFault {
  const [issue] = issues
  if (issue === undefined) return { path: '', message: 'is not a prompt' }
  const { path, message } = innermost(issue)
  return { path: toPath(path), message }
}

/** Of a union's failures the one that came furthest: in `content`, the part at fault rather than "no text". */
function innermost(issue: z.core.$ZodIssue): { path: readonly PropertyKey[]; message: string } {
  if (issue.code !== 'invalid_union') return issue
  const inner = issue.errors.flatMap((branch) => branch.slice(0, 1)).filter(({ path }) => path.length > 0)
  const [furthest] = inner.map(innermost)
  return furthest === undefined ? issue : { path: [...issue.path, ...furthest.path], message: furthest.message }
}

function toPath(keys: readonly PropertyKey[]): string {
  return keys.reduce<string>((path, key) => {
    if (typeof key === 'number') return `${path}[${key}]`
    return path === '' ? String(key) : `${path}.${String(key)}`
  }, '')
}
