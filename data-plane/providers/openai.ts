import { openAiCompatible, SIGNALBOX_FIELDS } from './openai-compatible.ts'

/** OpenAI itself: https://platform.openai.com/docs/api-reference/chat */
export const openAi = openAiCompatible({ gateway: 'openai', withheldFields: SIGNALBOX_FIELDS })
