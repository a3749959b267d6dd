import { openAiCompatible, SIGNALBOX_FIELDS } from './openai-compatible.ts'

/** The simulator of the embedded default. */
export const simulator = openAiCompatible({ gateway: 'simulator', withheldFields: SIGNALBOX_FIELDS })
