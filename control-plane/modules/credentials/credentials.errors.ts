import { defineError } from '../../../shared/errors/define-error.ts'

export const credentialNotFound = defineError({
  code: 'credential_not_found',
  status: 404,
  owner: 'client',
  message: 'There is no such credential in this workspace.',
})

export const maskedSecret = defineError({
  code: 'masked_secret',
  status: 400,
  owner: 'client',
  message: 'This is a masked key, as consoles show it after it was made. Give the whole key.',
})

export const invalidSecret = defineError<{ part: string | null; fault: string }>({
  code: 'invalid_secret',
  status: 400,
  owner: 'client',
  message: ({ part, fault }) => (part === null ? `The secret ${fault}.` : `The secret's ${part} ${fault}.`),
})

export const invalidSetting = defineError<{ name: string; fault: string }>({
  code: 'invalid_setting',
  status: 400,
  owner: 'client',
  message: ({ name, fault }) => `The setting ${name} ${fault}.`,
})

export const invalidBaseUrl = defineError<{ fault: string }>({
  code: 'invalid_base_url',
  status: 400,
  owner: 'client',
  message: ({ fault }) => `baseUrl ${fault}.`,
})

export const credentialInUse = defineError<{ model: string }>({
  code: 'credential_in_use',
  status: 409,
  owner: 'client',
  message: ({ model }) => `The model ${model} uses this credential. Delete the model first.`,
})
