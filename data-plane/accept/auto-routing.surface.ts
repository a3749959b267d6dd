import type { Dialect } from '../request-context.ts'

/** The auto-routing API on `/v1`: OpenAI's shapes, ids with `nrc_`, errors with a type, and a `routing` block. */
export const autoRouting: Dialect = {
  surface: 'auto-routing',
  idPrefix: 'nrc_',
  writeError: ({ message, code, param }) => ({ error: { message, type: code, code, param: param ?? null } }),
  decoration: ({ candidate }) =>
    candidate
      ? {
          routing: {
            selected: candidate.model.id,
            objective: 'pinned',
            candidates_considered: 1,
            reason: `The request names ${candidate.model.id}`,
          },
        }
      : {},
}
