import { defineError } from '../../../shared/errors/define-error.ts'

export const analysisSettingsInvalid = defineError<{ path: string; fault: string }>({
  code: 'analysis_settings_invalid',
  status: 400,
  owner: 'client',
  message: ({ path, fault }) => `${path} ${fault}.`,
})

export const analysisActionNotFound = defineError({
  code: 'analysis_action_not_found',
  status: 404,
  owner: 'client',
  message: 'There is no such action in this workspace.',
})

export const analysisActionOvertaken = defineError({
  code: 'analysis_action_overtaken',
  status: 409,
  owner: 'client',
  message: 'The A/B test was changed since, so that there is nothing left to take back. Change it as you want it.',
})
