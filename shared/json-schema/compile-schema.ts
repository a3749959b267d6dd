import { SchemaChecker, TooMuchWork } from './schema-checker.ts'
import { surveySchema } from './survey-schema.ts'

/**
 * JSON Schema (2020-12) for schemas and values that come from strangers. The schema is read, never turned into code; its
 * regular expressions run in linear time; and the steps of one check are counted, because a schema of two kilobytes
 * whose definitions refer to each other twice over takes a checker that does not count minutes.
 *
 * Checked is every keyword but those that `surveySchema` refuses. `format` and unknown keywords say nothing, as the
 * standard has it: https://json-schema.org/draft/2020-12/json-schema-validation#section-7.2
 */
export interface CompiledSchema {
  /**
   * What breaks the schema first, as the end of a sentence that begins with the place; null: the value conforms. It
   * speaks in the schema's words and repeats nothing of the value.
   */
  violationOf(value: unknown): string | null
}

/** @throws UnusableSchema when the schema is none, is too large, or asks for what is not checked here */
export function compileSchema(schema: unknown): CompiledSchema {
  const survey = surveySchema(schema)
  return {
    violationOf(value) {
      try {
        const violation = new SchemaChecker(survey).check(value)
        return violation && `${violation.path === '' ? 'the answer' : `\`${violation.path}\``} ${violation.rule}`
      } catch (error) {
        if (error instanceof TooMuchWork) return 'the answer is too large to be checked against the schema'
        throw error
      }
    },
  }
}
