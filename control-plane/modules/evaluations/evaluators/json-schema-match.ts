import type { CompiledSchema } from '../../../../shared/json-schema/compile-schema.ts'
import type { Answer } from './answer.ts'
import { readAnswerJson } from './read-json.ts'
import { passed, type Score } from './score.ts'

/**
 * 1 when the answer is JSON that conforms to the schema, else 0 with what is wrong first; the reason speaks in the
 * schema's words and repeats nothing of the answer.
 */
export function jsonSchemaMatch(answer: Answer, schema: CompiledSchema, allowFence: boolean): Score {
  const given = readAnswerJson(answer, allowFence)
  if (given === null) return { ...passed(false), reason: 'The answer is not JSON.' }
  const violation = schema.violationOf(given.value)
  return violation === null ? passed(true) : { ...passed(false), reason: `By the schema, ${violation}.` }
}
