import { defineError } from '../../../shared/errors/define-error.ts'

/** A bug of ours. What was learned before goes on being served. */
export const learnedQualityInvalid = defineError({
  code: 'learned_quality_invalid',
  status: 500,
  owner: 'platform',
  message: 'What was learned of the models does not have the form of a snapshot and was not kept.',
})
