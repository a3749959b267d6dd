import { openAiCompatible, SIGNALBOX_FIELDS } from './openai-compatible.ts'

export const vertex = openAiCompatible({ gateway: 'vertex', withheldFields: SIGNALBOX_FIELDS })
