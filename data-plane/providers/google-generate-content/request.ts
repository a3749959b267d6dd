import type { ChatRequest } from '../../../shared/llm/chat-request.ts'
import { UntranslatableRequest, type ChatCall } from '../provider.ts'
import { asObject, type JsonObject } from '../vendor-json.ts'
import { toContents } from './contents.ts'
import { toGenerationConfig } from './generation-config.ts'
import { refuseProjectData } from './project-data.ts'
import { toToolConfig, toTools } from './tools.ts'

/**
 * A chat request as a `generateContent` body:
 * https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
 *
 * | OpenAI | Google |
 * | --- | --- |
 * | `messages` | `contents`; the system's and the developer's, wherever they stand, are `systemInstruction` |
 * | `max_completion_tokens`, `max_tokens` | `generationConfig.maxOutputTokens` |
 * | `temperature`, `top_p`, `top_k`, `seed`, `stop`, `presence_penalty`, `frequency_penalty` | `generationConfig`, same names in camel case, `stopSequences` |
 * | `n` | `generationConfig.candidateCount` |
 * | `logprobs`, `top_logprobs` | `generationConfig.responseLogprobs`, `.logprobs` |
 * | `response_format` | `generationConfig.responseMimeType`, `.responseJsonSchema`; its `name` and `strict` have no words |
 * | `reasoning_effort` | `generationConfig.thinkingConfig` |
 * | `modalities` | `generationConfig.responseModalities`; `audio` is refused |
 * | `tools`, `tool_choice` | `tools`, `toolConfig.functionCallingConfig`; a function's `strict` has no words |
 * | `web_search_options` | `tools[].googleSearch`; its size and place have no words |
 * | `parallel_tool_calls: false` with tools, `logit_bias`, `functions`, `function_call` | refused: leaving them out changes the meaning |
 * | `user`, `safety_identifier`, `metadata`, `store`, `service_tier`, `prediction`, `verbosity`, `prompt_cache_key`, `prompt_cache_retention`, `audio`, `stream_options` | left out: book-keeping and hints |
 * | `safetySettings`, `cachedContent`, `labels`, `modelArmorConfig`, `continuationToken` | passed on as they are, in Google's own names |
 * | `generationConfig`, `toolConfig` | laid over ours, but for what would change the price: a limit, a number of answers, another model |
 * | `google`, `extra_body.google` with `safety_settings`, `cached_content`, `thinking_config` | as Google's own OpenAI layer reads them |
 *
 * Any other field is left out: Google refuses a request with a name it does not know, and the same request must be
 * able to go to another vendor. What lies in the credential's own project is out of reach unless its owner says
 * otherwise: `refuseProjectData`.
 *
 * @throws UntranslatableRequest
 */
export function toGenerateContentRequest(call: ChatCall): JsonObject {
  const { request } = call
  refuseUntranslatable(request)
  const google = { ...asObject(asObject(request['extra_body'])['google']), ...asObject(request['google']) }
  const { systemInstruction, contents } = toContents(call)
  const body: JsonObject = {
    systemInstruction,
    contents,
    tools: toTools(request),
    toolConfig: toToolConfig(request),
    generationConfig: toGenerationConfig(call, google['thinking_config']),
    safetySettings: google['safety_settings'],
    cachedContent: google['cached_content'],
  }
  for (const field of VENDOR_FIELDS) if (request[field] !== undefined) body[field] = request[field]
  refuseProjectData(body, call.settings)
  return body
}

const VENDOR_FIELDS = ['safetySettings', 'cachedContent', 'labels', 'modelArmorConfig', 'continuationToken'] as const

function refuseUntranslatable(request: ChatRequest): void {
  const { modalities } = request
  if (Array.isArray(modalities) && modalities.includes('audio')) {
    throw new UntranslatableRequest('audio answers cannot be asked for from this model')
  }
  if (request['parallel_tool_calls'] === false && Array.isArray(request['tools']) && request['tools'].length > 0) {
    throw new UntranslatableRequest('this model cannot be kept from calling several tools at once')
  }
  if (Object.keys(asObject(request['logit_bias'])).length > 0) {
    throw new UntranslatableRequest('logit_bias names tokens of another vendor')
  }
  if (Array.isArray(request['functions']) || isGiven(request['function_call'])) {
    throw new UntranslatableRequest('functions and function_call are not supported for this model; use tools')
  }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}
