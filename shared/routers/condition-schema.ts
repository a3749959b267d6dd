import { z } from 'zod'

/**
 * What a rule of a filter router may ask of a request: a tree of `all`, `any` and `not` over leaves. Strict: a field
 * that is not known here is refused, because a rule that is half understood routes wrongly.
 */
export type Condition =
  | { readonly type: 'all' | 'any'; readonly conditions: readonly Condition[] }
  | { readonly type: 'not'; readonly condition: Condition }
  | ConditionLeaf
export type ConditionLeaf = z.infer<typeof leafSchema>

/**
 * Which messages a leaf reads. Contains, equals and regex hold when one of them does; length and language take them
 * together. `system` are all instructions, `developer` messages among them.
 */
export const TEXT_TARGETS = ['any', 'last-user', 'system'] as const
export type TextTarget = (typeof TEXT_TARGETS)[number]
export const COMPARISONS = ['lt', 'lte', 'gt', 'gte', 'equals'] as const
export type Comparison = (typeof COMPARISONS)[number]
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
/** A value without parts, as JSON has it. */
export type Scalar = string | number | boolean | null

export const MOST_LEAVES = 200
/** Groups within groups. A leaf alone has a depth of 1. */
export const DEEPEST = 8
const LONGEST_TEXT = 1_000
const LONGEST_PATTERN = 512
const LONGEST_PATH = 200
const MOST_VALUES = 200
const LONGEST_NAME = 100
const CLOCK = /^(?:[01]\d|2[0-3]):[0-5]\d$/

const target = z.enum(TEXT_TARGETS)
const caseSensitive = z.boolean().default(false)
// Texts of messages are joined by NUL to be searched at once.
const text = z
  .string()
  .min(1)
  .max(LONGEST_TEXT)
  .refine((value) => !value.includes('\0'), 'must not contain the character NUL')
const pattern = z.string().min(1).max(LONGEST_PATTERN)
const path = z.string().min(1).max(LONGEST_PATH)
const scalar = z.union([z.string().max(LONGEST_TEXT), z.number(), z.boolean(), z.null()])
const compare = z.enum(COMPARISONS)
const count = z.number().int().min(0)
const name = z.string().min(1).max(LONGEST_NAME)

const leafSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('message-contains'), target, text, caseSensitive }),
  z.strictObject({ type: z.literal('message-equals'), target, text, caseSensitive }),
  /** In the syntax of RE2, case-sensitive; `(?i)` in front makes it ignore case. */
  z.strictObject({ type: z.literal('message-regex'), target, pattern }),
  z.strictObject({
    type: z.literal('message-length'),
    target,
    unit: z.enum(['characters', 'tokens']),
    compare,
    value: count,
  }),
  z.strictObject({
    type: z.literal('message-language'),
    target,
    languages: z.array(z.string().min(2).max(8)).min(1).max(50),
    /** How sure the detector must be, from 0 to 1. */
    minConfidence: z.number().min(0).max(1).default(0.5),
  }),
  z.strictObject({ type: z.literal('has-image') }),
  z.strictObject({ type: z.literal('has-tools') }),
  /** Turns are messages of the user. */
  z.strictObject({ type: z.literal('turn-count'), compare, value: count }),
  z.strictObject({ type: z.literal('metadata-equals'), path, value: scalar, caseSensitive }),
  z.strictObject({
    type: z.literal('metadata-in'),
    path,
    values: z.array(scalar).min(1).max(MOST_VALUES),
    caseSensitive,
  }),
  /** There, and not null. */
  z.strictObject({ type: z.literal('metadata-exists'), path }),
  z.strictObject({ type: z.literal('metadata-compare'), path, compare, value: z.number() }),
  z.strictObject({ type: z.literal('metadata-regex'), path, pattern }),
  /** A text that contains the value, or a list with the value as an item. */
  z.strictObject({ type: z.literal('metadata-contains'), path, text, caseSensitive }),
  z.strictObject({ type: z.literal('key'), keyIds: z.array(name).min(1).max(MOST_VALUES) }),
  /** By the clocks of a place; a window that crosses midnight belongs to the day on which it begins. */
  z
    .strictObject({
      type: z.literal('time-of-day'),
      timeZone: name,
      from: z.string().regex(CLOCK, 'must be a time from 00:00 to 23:59'),
      /** Not included. */
      to: z.union([z.string().regex(CLOCK, 'must be a time from 00:00 to 24:00'), z.literal('24:00')]),
      days: z
        .array(z.enum(DAYS))
        .min(1)
        .max(DAYS.length)
        .default([...DAYS]),
    })
    .refine(({ from, to }) => from !== to, {
      path: ['to'],
      message: 'must differ from the beginning; a whole day is 00:00 to 24:00',
    }),
  /** A share of the units (users, sessions), the same ones each time; another salt takes other ones. */
  z.strictObject({ type: z.literal('percentage'), percent: z.number().min(0).max(100), salt: name }),
])

const nodeSchema: z.ZodType<Condition> = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.enum(['all', 'any']), conditions: z.array(nodeSchema).min(1).max(MOST_LEAVES) }),
    z.strictObject({ type: z.literal('not'), condition: nodeSchema }),
    leafSchema,
  ]),
)

/** Reads a condition that a stranger wrote. Its size is looked at before its parts, so that no nesting is too deep. */
export const conditionSchema: z.ZodType<Condition> = z
  .unknown()
  .superRefine((value, context) => {
    const size = { leaves: 0, isTooDeep: false }
    measure(value, 1, size)
    if (size.isTooDeep) context.addIssue({ code: 'custom', message: `must not be nested over ${DEEPEST} levels deep` })
    if (size.leaves > MOST_LEAVES) {
      context.addIssue({ code: 'custom', message: `must not have more than ${MOST_LEAVES} leaves` })
    }
  })
  .pipe(nodeSchema)

function measure(value: unknown, depth: number, size: { leaves: number; isTooDeep: boolean }): void {
  if (depth > DEEPEST) size.isTooDeep = true
  if (size.isTooDeep || size.leaves > MOST_LEAVES) return
  const { conditions, condition } = (value ?? {}) as { conditions?: unknown; condition?: unknown }
  if (Array.isArray(conditions)) for (const child of conditions as unknown[]) measure(child, depth + 1, size)
  else if (condition !== undefined) measure(condition, depth + 1, size)
  else size.leaves += 1
}
