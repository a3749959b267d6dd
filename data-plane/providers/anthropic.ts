import { openAiCompatible, SIGNALBOX_FIELDS } from './openai-compatible.ts'

export const anthropic = openAiCompatible({ gateway: 'anthropic', withheldFields: SIGNALBOX_FIELDS })
