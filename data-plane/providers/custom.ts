import { openAiCompatible, SIGNALBOX_FIELDS } from './openai-compatible.ts'

/** Any OpenAI-compatible server at a base URL of the workspace's own: vLLM, Ollama, a company's own gateway. */
export const custom = openAiCompatible({ gateway: 'custom', withheldFields: SIGNALBOX_FIELDS })
