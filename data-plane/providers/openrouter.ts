import { openAiCompatible, SIGNALBOX_FIELDS } from './openai-compatible.ts'

const UNDERSTOOD = ['provider', 'models']

/** OpenRouter (https://openrouter.ai/docs/api-reference) understands provider preferences and model lists itself. */
export const openRouter = openAiCompatible({
  gateway: 'openrouter',
  withheldFields: SIGNALBOX_FIELDS.filter((field) => !UNDERSTOOD.includes(field)),
})
