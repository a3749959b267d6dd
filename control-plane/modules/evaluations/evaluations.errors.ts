import { defineError } from '../../../shared/errors/define-error.ts'

export const metricNotFound = defineError({
  code: 'metric_not_found',
  status: 404,
  owner: 'client',
  message: 'There is no such metric in this workspace.',
})

export const metricNameTaken = defineError<{ name: string }>({
  code: 'metric_name_taken',
  status: 409,
  owner: 'client',
  message: ({ name }) => `The A/B test has a metric called ${name} already.`,
})

export const metricInvalid = defineError<{ path: string; fault: string }>({
  code: 'metric_invalid',
  status: 400,
  owner: 'client',
  message: ({ path, fault }) => `${path} ${fault}.`,
})

/** Values of two definitions under one name could not be compared. */
export const metricHasScores = defineError({
  code: 'metric_has_scores',
  status: 409,
  owner: 'client',
  message: 'Answers were scored by this metric, so what it measures stays. Archive it and create another one.',
})

export const metricArchived = defineError({
  code: 'metric_archived',
  status: 409,
  owner: 'client',
  message: 'This metric is archived.',
})

export const tooManyMetrics = defineError<{ most: number }>({
  code: 'too_many_metrics',
  status: 409,
  owner: 'client',
  message: ({ most }) => `An A/B test has at most ${most} metrics. Archive one first.`,
})

export const metricNotManual = defineError({
  code: 'metric_not_manual',
  status: 400,
  owner: 'client',
  message: 'Only metrics of the kinds `manual` and `custom` take a value from people.',
})

export const scoreValueInvalid = defineError({
  code: 'score_value_invalid',
  status: 400,
  owner: 'client',
  message: 'value must be a finite number.',
})

export const responseNotFound = defineError({
  code: 'response_not_found',
  status: 404,
  owner: 'client',
  message: "There is no such response of the metric's A/B test. A call is listed within seconds after it ended.",
})

export const judgementNotFound = defineError({
  code: 'judgement_not_found',
  status: 404,
  owner: 'client',
  message: 'There is no such failed judgement in this workspace.',
})

export const judgementExpired = defineError({
  code: 'judgement_expired',
  status: 409,
  owner: 'client',
  message: 'What was to be judged is not kept any more.',
})
