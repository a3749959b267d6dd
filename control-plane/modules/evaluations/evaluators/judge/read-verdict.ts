import { z } from 'zod'
import type { Answer } from '../answer.ts'
import { readAnswerJson } from '../read-json.ts'

/** What a judge decided, or why its answer says nothing that could be counted. */
export type Verdict<Value> =
  | { readonly type: 'read'; readonly value: Value; readonly reasoning: string }
  | { readonly type: 'unreadable'; readonly reason: string }

/** Characters of a judge's reasoning that are kept. */
const LONGEST_REASONING = 4_000

/**
 * Reads a judge's answer: one JSON object, which may stand in a code block, with a text `reasoning` and the verdict. No
 * verdict is guessed from prose, and none is rounded, cut to its range or read from a text (`"4"`).
 *
 * @param field where the verdict stands
 * @param form what a verdict may be
 */
export function readVerdict<Value>(answer: Answer, field: string, form: z.ZodType<Value>): Verdict<Value> {
  if (answer.refusal !== null || answer.finishReason === 'content_filter') return unreadable('refused to judge')
  if (answer.finishReason === 'length') return unreadable('was cut off before it ended')
  const given = readAnswerJson(answer, true)
  if (given === null) return unreadable('did not answer with JSON')
  const judgement = JUDGEMENT.safeParse(given.value)
  if (!judgement.success) return unreadable('did not answer with an object that holds its `reasoning`')
  const value = form.safeParse(Object.hasOwn(judgement.data, field) ? judgement.data[field] : undefined)
  if (!value.success) return unreadable(`gave no valid \`${field}\``)
  return { type: 'read', value: value.data, reasoning: judgement.data.reasoning.slice(0, LONGEST_REASONING) }
}

const JUDGEMENT = z.looseObject({ reasoning: z.string() })

function unreadable(what: string): { readonly type: 'unreadable'; readonly reason: string } {
  return { type: 'unreadable', reason: `The judge ${what}.` }
}
