import type { Dialect, RequestContext } from '../request-context.ts'

/** The auto-routing API on `/v1`: OpenAI's shapes, ids with `nrc_`, errors with a type, and a `routing` block. */
export const autoRouting: Dialect = {
  surface: 'auto-routing',
  idPrefix: 'nrc_',
  writeError: ({ message, code, param }) => ({ error: { message, type: code, code, param: param ?? null } }),
  decoration: ({ candidate, decision }) =>
    candidate && decision
      ? {
          routing: {
            selected: candidate.model.id,
            objective: decision.objective,
            candidates_considered: decision.candidatesConsidered,
            reason: tellReason(decision, candidate.model.id),
          },
        }
      : {},
}

/** The reason speaks of the first choice; where another had to answer it says so. */
function tellReason({ reason, model }: NonNullable<RequestContext['decision']>, selected: string): string {
  return model === selected ? reason : `${reason}. ${model} did not answer, and ${selected} did`
}
