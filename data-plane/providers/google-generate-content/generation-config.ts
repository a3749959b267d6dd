import type { ChatRequest } from '../../../shared/llm/chat-request.ts'
import { UntranslatableRequest, type ChatCall } from '../provider.ts'
import { asObject, asText, type JsonObject } from '../vendor-json.ts'
import { modelGeneration } from './model-generation.ts'

/** OpenAI's names on the left, Google's on the right; the values mean the same. */
const SAME_MEANING = [
  ['temperature', 'temperature'],
  ['top_p', 'topP'],
  ['top_k', 'topK'],
  ['seed', 'seed'],
  ['presence_penalty', 'presencePenalty'],
  ['frequency_penalty', 'frequencyPenalty'],
  ['logprobs', 'responseLogprobs'],
  ['top_logprobs', 'logprobs'],
] as const

/**
 * What a caller may say in Google's own words. Not how many tokens or answers, which is reserved for by OpenAI's
 * fields, and not which model (`routingConfig`, `modelConfig`), which another price belongs to.
 */
const OWN_FIELDS = [
  'temperature',
  'topP',
  'topK',
  'seed',
  'stopSequences',
  'presencePenalty',
  'frequencyPenalty',
  'responseLogprobs',
  'logprobs',
  'responseMimeType',
  'responseSchema',
  'responseJsonSchema',
  'responseModalities',
  'thinkingConfig',
  'mediaResolution',
  'audioTimestamp',
  'speechConfig',
  'imageConfig',
] as const

/**
 * How the answer is to be made. What the caller says in Google's own words (`generationConfig`, or `thinking_config`
 * of Google's OpenAI layer) holds over what we translate.
 *
 * @returns undefined when nothing was asked for
 * @throws UntranslatableRequest
 */
export function toGenerationConfig(
  { request, upstreamModel }: ChatCall,
  thinkingConfig: unknown,
): JsonObject | undefined {
  const config: JsonObject = {
    maxOutputTokens: request.max_completion_tokens ?? request.max_tokens ?? undefined,
    candidateCount: request.n === 1 ? undefined : (request.n ?? undefined),
    stopSequences: toStopSequences(request['stop']),
    responseModalities: toModalities(request['modalities']),
    thinkingConfig: thinkingConfig ?? toThinkingConfig(request['reasoning_effort'], upstreamModel),
    ...toResponseFormat(request),
  }
  for (const [ours, theirs] of SAME_MEANING) config[theirs] = request[ours] ?? undefined
  const own = asObject(request['generationConfig'])
  for (const field of OWN_FIELDS) if (own[field] !== undefined) config[field] = own[field]
  return Object.values(config).some((value) => value !== undefined) ? config : undefined
}

function toStopSequences(stop: unknown): unknown {
  return typeof stop === 'string' ? [stop] : (stop ?? undefined)
}

function toModalities(modalities: unknown): unknown {
  if (!Array.isArray(modalities)) return undefined
  // Text alone is what every model answers with; some refuse to hear it said.
  const others = modalities.some((modality) => modality !== 'text')
  return others ? modalities.map((modality) => String(modality).toUpperCase()) : undefined
}

function toResponseFormat(request: ChatRequest): JsonObject {
  const format = asObject(request['response_format'])
  switch (format['type']) {
    case undefined:
    case 'text':
      return {}
    case 'json_object':
      return { responseMimeType: 'application/json' }
    case 'json_schema':
      return {
        responseMimeType: 'application/json',
        // JSON Schema as it is; `responseSchema` is Google's older form and knows fewer words.
        responseJsonSchema: asObject(format['json_schema'])['schema'],
      }
    default:
      throw new UntranslatableRequest(`response_format ${asText(format['type'])} is not supported for this model`)
  }
}

/**
 * Thinking as Google's own OpenAI layer understands `reasoning_effort`: a level from the third generation on, a number
 * of tokens before (https://ai.google.dev/gemini-api/docs/openai#thinking). Where thinking cannot be turned off, `none`
 * asks for the least. Thoughts are asked for whenever the caller speaks of reasoning, to be `reasoning_content`.
 */
function toThinkingConfig(effort: unknown, model: string): JsonObject | undefined {
  if (typeof effort !== 'string') return undefined
  const includeThoughts = effort !== 'none'
  if (modelGeneration(model) >= 3) return { thinkingLevel: thinkingLevel(effort, model), includeThoughts }
  return { thinkingBudget: thinkingBudget(effort, model), includeThoughts }
}

function thinkingLevel(effort: string, model: string): string {
  switch (effort) {
    case 'none':
    case 'minimal':
      // https://cloud.google.com/vertex-ai/generative-ai/docs/thinking: Pro does not know the least level.
      return model.includes('pro') ? 'LOW' : 'MINIMAL'
    case 'low':
    case 'medium':
    case 'high':
      return effort.toUpperCase()
    case 'xhigh':
    case 'max':
      return 'HIGH'
    default:
      throw new UntranslatableRequest(`reasoning_effort ${effort} is not supported for this model`)
  }
}

function thinkingBudget(effort: string, model: string): number {
  switch (effort) {
    case 'none':
      // The smallest that Gemini 2.5 Pro takes; the others take none at all.
      return model.includes('pro') ? 128 : 0
    case 'minimal':
    case 'low':
      return 1_024
    case 'medium':
      return 8_192
    case 'high':
    case 'xhigh':
    case 'max':
      return 24_576
    default:
      throw new UntranslatableRequest(`reasoning_effort ${effort} is not supported for this model`)
  }
}
