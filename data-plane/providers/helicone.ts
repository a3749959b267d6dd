import { openAiCompatible, SIGNALBOX_FIELDS } from './openai-compatible.ts'

export const helicone = openAiCompatible({ gateway: 'helicone', withheldFields: SIGNALBOX_FIELDS })
