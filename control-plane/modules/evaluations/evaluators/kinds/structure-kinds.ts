import { z } from 'zod'
import { type CompiledSchema, compileSchema } from '../../../../../shared/json-schema/compile-schema.ts'
import { UnusableSchema } from '../../../../../shared/json-schema/survey-schema.ts'
import { jsonSchemaMatch } from '../json-schema-match.ts'
import { jsonValues } from '../json-values.ts'
import { compileLinearPattern } from '../linear-pattern.ts'
import { regexMatch } from '../regex-match.ts'
import { LONGEST_TEXT } from '../score.ts'
import { toolCallMatch } from '../tool-calls.ts'
import { defineKind } from './define-kind.ts'

/** Kinds that look at the form of an answer: JSON, patterns, tool calls. */

const flag = {
  direction: 'higher',
  unit: 'flag',
  range: { lowest: 0, highest: 1 },
  longestText: LONGEST_TEXT,
} as const
const share = { ...flag, unit: 'share' } as const

/** Whether JSON in a Markdown code block counts. A program that parses the answer as it is would fail on it. */
const allowFence = z.boolean().default(false)
const agreement = z.enum(['exact', 'ignore', 'subset', 'superset']).default('exact')
const sequence = z.enum(['strict', 'unordered', 'subset', 'superset']).default('strict')

/** The settings, with the schema compiled in their place. */
const schemaSettings = z.strictObject({ schema: z.unknown().transform(toCompiledSchema), allowFence })

const regexSettings = z
  .strictObject({
    pattern: z.string().min(1),
    caseSensitive: z.boolean().default(true),
    whole: z.boolean().default(false),
    negate: z.boolean().default(false),
  })
  .transform(({ pattern: source, caseSensitive, ...options }, context) => {
    const compiled = compileLinearPattern(source, caseSensitive)
    if (compiled.type === 'compiled') return { ...options, pattern: compiled.pattern }
    context.addIssue({ code: 'custom', path: ['pattern'], message: compiled.message })
    return z.NEVER
  })

export const STRUCTURE_KINDS = {
  'json-schema': defineKind({
    ...flag,
    name: 'JSON Schema',
    needs: ['schema'],
    settings: schemaSettings,
    create: (settings) => (answer) => jsonSchemaMatch(answer, settings.schema, settings.allowFence),
  }),
  'json-values': defineKind({
    ...share,
    name: 'JSON values',
    needs: ['expected-output'],
    settings: z.strictObject({ allowFence }),
    create: (settings) => (answer, expected) => jsonValues(answer, expected, settings.allowFence),
  }),
  regex: defineKind({
    ...flag,
    name: 'Regular expression',
    needs: ['pattern'],
    settings: regexSettings,
    create:
      ({ pattern, ...options }) =>
      (answer) =>
        regexMatch(answer.text, pattern, options),
  }),
  'tool-calls': defineKind({
    ...share,
    name: 'Tool calls',
    needs: ['expected-output'],
    settings: z.strictObject({ arguments: agreement, sequence, scoring: z.enum(['match', 'f1']).default('match') }),
    create: (settings) => (answer, expected) => toolCallMatch(answer.toolCalls, expected, settings),
  }),
}

function toCompiledSchema(schema: unknown, context: z.RefinementCtx): CompiledSchema {
  if (schema === undefined || typeof schema === 'boolean') {
    context.addIssue({ code: 'custom', message: 'must be a JSON Schema, an object' })
    return z.NEVER
  }
  try {
    return compileSchema(schema)
  } catch (error) {
    if (!(error instanceof UnusableSchema)) throw error
    context.addIssue({ code: 'custom', message: `cannot be used: ${error.message}` })
    return z.NEVER
  }
}
