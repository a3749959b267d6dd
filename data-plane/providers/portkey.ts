import { openAiCompatible, SIGNALBOX_FIELDS } from './openai-compatible.ts'

export const portkey = openAiCompatible({ gateway: 'portkey', withheldFields: SIGNALBOX_FIELDS })
