import { defineError } from '../../../shared/errors/define-error.ts'

export const modelNotFound = defineError<{ model: string }>({
  code: 'model_not_found',
  status: 404,
  owner: 'client',
  message: ({ model }) => `The workspace has no model of its own with the id ${model}.`,
})

export const modelIdTaken = defineError<{ model: string }>({
  code: 'model_id_taken',
  status: 409,
  owner: 'client',
  message: ({ model }) => `The workspace has a model with the id ${model} already.`,
})

export const unknownCredential = defineError({
  code: 'credential_not_found',
  status: 404,
  owner: 'client',
  message: 'There is no such credential in this workspace. A model needs one of its own workspace.',
})

export const invalidAccess = defineError<{ fault: string }>({
  code: 'invalid_input',
  status: 400,
  owner: 'client',
  message: ({ fault }) => fault,
})

export const invalidPriceFile = defineError<{ entry: string; fault: string }>({
  code: 'invalid_price_file',
  status: 400,
  owner: 'client',
  message: ({ entry, fault }) => `The file of prices cannot be used: ${entry} ${fault}.`,
})
