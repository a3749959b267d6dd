import { defineError } from '../../../shared/errors/define-error.ts'

export const proposalNotFound = defineError({
  code: 'price_proposal_not_found',
  status: 404,
  owner: 'client',
  message: 'There is no such proposal of prices.',
})

export const proposalClosed = defineError<{ state: string }>({
  code: 'price_proposal_closed',
  status: 409,
  owner: 'client',
  message: ({ state }) => `The proposal is ${state} already. Propose the prices again to change them once more.`,
})

export const proposalStale = defineError<{ places: string }>({
  code: 'price_proposal_stale',
  status: 409,
  owner: 'client',
  message: ({ places }) =>
    `The catalog has changed since the proposal was made: ${places}. Nothing was applied. Propose the prices again.`,
})

export const priceListUnchanged = defineError<{ list: string }>({
  code: 'price_list_unchanged',
  status: 409,
  owner: 'client',
  message: ({ list }) => `${list} has the prices that the catalog has: there is nothing to propose.`,
})

export const unknownProposalEntry = defineError<{ place: string }>({
  code: 'price_proposal_entry_not_found',
  status: 404,
  owner: 'client',
  message: ({ place }) => `The proposal has no entry for ${place}.`,
})

export const priceFileTooLarge = defineError<{ mostBytes: number }>({
  code: 'price_file_too_large',
  status: 413,
  owner: 'client',
  message: ({ mostBytes }) => `The file of prices is larger than ${mostBytes} bytes.`,
})

export const overrideNotFound = defineError({
  code: 'price_override_not_found',
  status: 404,
  owner: 'client',
  message: 'The workspace has no such price of its own, or it was removed.',
})

export const modelNotOffered = defineError<{ model: string; gateway: string }>({
  code: 'model_not_offered',
  status: 404,
  owner: 'client',
  message: ({ model, gateway }) => `The workspace cannot name a model ${model} at ${gateway}.`,
})

export const neverOnCredits = defineError<{ model: string }>({
  code: 'model_never_on_credits',
  status: 409,
  owner: 'client',
  message: ({ model }) =>
    `${model} is the workspace's own and never paid with credits: set its price for own credentials.`,
})

export const tooManyOverrides = defineError<{ most: number }>({
  code: 'too_many_price_overrides',
  status: 409,
  owner: 'client',
  message: ({ most }) => `A workspace has at most ${most} prices of its own. Remove one first.`,
})
