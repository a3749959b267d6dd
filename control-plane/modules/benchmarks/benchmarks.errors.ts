import { defineError } from '../../../shared/errors/define-error.ts'

export const benchmarkNotFound = defineError({
  code: 'benchmark_not_found',
  status: 404,
  owner: 'client',
  message: 'There is no such benchmark in this workspace.',
})

export const benchmarkArchived = defineError({
  code: 'benchmark_archived',
  status: 409,
  owner: 'client',
  message: 'The benchmark is archived: nothing is added to it, and no run begins.',
})

export const benchmarkExists = defineError({
  code: 'benchmark_exists',
  status: 409,
  owner: 'client',
  message: "The A/B test has a benchmark that collects its callers' prompts already.",
})

export const benchmarkEmpty = defineError({
  code: 'benchmark_empty',
  status: 409,
  owner: 'client',
  message: 'The benchmark has no prompts: upload some, or collect them from calls.',
})

export const invalidRun = defineError<{ fault: string }>({
  code: 'invalid_run',
  status: 400,
  owner: 'client',
  message: ({ fault }) => `${fault}.`,
})

export const variantNotFound = defineError<{ variantId: string }>({
  code: 'variant_not_found',
  status: 404,
  owner: 'client',
  message: ({ variantId }) => `The A/B test has no variant ${variantId} in use.`,
})

export const metricNotFound = defineError<{ metricId: string }>({
  code: 'metric_not_found',
  status: 404,
  owner: 'client',
  message: ({ metricId }) => `The A/B test has no metric ${metricId} in use.`,
})

export const runNotFound = defineError({
  code: 'run_not_found',
  status: 404,
  owner: 'client',
  message: 'There is no such run in this workspace.',
})

export const runStateConflict = defineError<{ wanted: string; state: string }>({
  code: 'run_state_conflict',
  status: 409,
  owner: 'client',
  message: ({ wanted, state }) => `The run cannot be ${wanted}: it is ${state}.`,
})

export const unknownUploadFormat = defineError({
  code: 'unknown_upload_format',
  status: 415,
  owner: 'client',
  message:
    'The format of the file is not known. Name it with `?filename=` ending in .csv, .tsv, .json or .jsonl, or send its ' +
    'content type, for example `text/csv`.',
})
