import { defineError } from '../../../shared/errors/define-error.ts'

export const usageRangeInvalid = defineError<{ fault: string }>({
  code: 'usage_range_invalid',
  status: 400,
  owner: 'client',
  message: ({ fault }) => `The range ${fault}.`,
})

export const usageTooManyRows = defineError<{ most: number }>({
  code: 'usage_too_many_rows',
  status: 400,
  owner: 'client',
  message: ({ most }) =>
    `The answer would have more than ${most} rows. Group by less, filter, or ask for a shorter range.`,
})
