import { openAiCompatible, SIGNALBOX_FIELDS } from './openai-compatible.ts'

export const bedrock = openAiCompatible({ gateway: 'bedrock', withheldFields: SIGNALBOX_FIELDS })
