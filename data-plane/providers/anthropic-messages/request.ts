import type { ChatRequest } from '../../../shared/llm/chat-request.ts'
import { SIGNALBOX_FIELDS } from '../openai-compatible.ts'
import { UntranslatableRequest, type ChatCall } from '../provider.ts'
import { asObject, asText, isObject, type JsonObject } from '../vendor-json.ts'
import { toConversation } from './conversation.ts'
import { toCompilableSchema } from './json-schema.ts'
import { modelTraits, type ModelTraits } from './model-traits.ts'
import { toThinking } from './thinking.ts'
import { toTools } from './tools.ts'

/**
 * OpenAI's chat request as a body of the Messages API: https://platform.claude.com/docs/en/api/messages/create
 *
 * | OpenAI's | becomes |
 * | --- | --- |
 * | `messages` | `system` and `messages`: see conversation.ts, content-parts.ts, kept-blocks.ts |
 * | `max_completion_tokens`, `max_tokens` | `max_tokens`, which the vendor requires: 16,384 unless given |
 * | `temperature` | the same up to 1, the vendor's most; above it 1, as in the vendor's own layer for OpenAI's API |
 * | `top_p`, `top_k` | the same |
 * | `stop` | `stop_sequences`; of white space alone is refused, for the vendor has no such |
 * | `tools`, `tool_choice`, `parallel_tool_calls`, `web_search_options` | `tools`, `tool_choice`: see tools.ts |
 * | `reasoning_effort` | `thinking` and `output_config.effort`: see thinking.ts |
 * | `response_format` json_schema | `output_config.format`, its schema as the vendor compiles it: see json-schema.ts |
 * | `response_format` json_object | a sentence at the end of `system`, for the vendor has no such mode |
 * | `metadata.user_id`, `safety_identifier`, `user` | `metadata.user_id`, the first there is |
 * | `service_tier` | `auto` and `priority` are `auto`, `default` is `standard_only`; others are dropped |
 * | `n` above 1, answers in sound, `functions` | refused |
 * | penalties, `logit_bias`, `logprobs`, `seed`, `prediction`, `verbosity`, `store`, `prompt_cache_…`, `moderation` | dropped: the vendor has none, and the answer means the same |
 *
 * Models since Claude 4.7 take no temperature, top_p or top_k, and those since 4.1 not the first two together; what a
 * model does not take is dropped, top_p before temperature. While an older model thinks, temperature and top_k are
 * dropped, and top_p below 0.95. Every field that is none of OpenAI's or Signalbox's own goes through: `cache_control`,
 * `thinking`, `container`, `mcp_servers`, …
 *
 * What its hosts say differently is theirs to add: `model`, `stream`, `anthropic_version`.
 *
 * @throws UntranslatableRequest for what would mean something else without
 */
export function toMessagesRequest({ request, upstreamModel }: ChatCall): JsonObject {
  refuseUntranslatable(request)
  const traits = modelTraits(upstreamModel)
  const { system, turns } = toConversation(request.messages, traits.takesLaterSystemMessages)
  const maxTokens = request.max_completion_tokens ?? request.max_tokens ?? traits.defaultMaxTokens
  const tools = toTools(request, traits)
  const { thinking, effort, isOn } = toThinking({
    request,
    traits,
    maxTokens,
    toolChoice: tools['tool_choice'],
    turns,
  })
  const format = toFormat(request['response_format'], traits)
  const instructions = format === 'json' ? [...system, JSON_INSTRUCTION] : system
  const outputConfig = toOutputConfig(request['output_config'], effort, format)
  return {
    ...passedThrough(request),
    max_tokens: maxTokens,
    messages: turns,
    ...(instructions.length === 0 ? {} : { system: instructions }),
    ...tools,
    ...(thinking ? { thinking } : {}),
    ...(outputConfig ? { output_config: outputConfig } : {}),
    ...toSampling(request, traits, isOn),
    ...toStopSequences(request['stop']),
    ...toMetadata(request),
    ...toServiceTier(request['service_tier']),
  }
}

function refuseUntranslatable({ n, modalities, audio }: ChatRequest): void {
  if (typeof n === 'number' && n > 1) throw new UntranslatableRequest('this provider gives one choice: `n` must be 1')
  if (isObject(audio) || (Array.isArray(modalities) && modalities.includes('audio'))) {
    throw new UntranslatableRequest('this provider has no spoken answers')
  }
}

/** OpenAI's fields, all of them: https://platform.openai.com/docs/api-reference/chat/create */
const OPENAI_FIELDS = `
  audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens messages metadata
  modalities model moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options
  prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream
  stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options`
/** The vendor's own that are read here, and OpenRouter's word for an effort. */
const READ_FIELDS = ['thinking', 'top_k', 'output_config', 'reasoning']
const NOT_PASSED = new Set<string>([...SIGNALBOX_FIELDS, ...READ_FIELDS, ...OPENAI_FIELDS.trim().split(/\s+/)])

function passedThrough(request: ChatRequest): JsonObject {
  return Object.fromEntries(
    Object.entries(request).filter(([field, value]) => !NOT_PASSED.has(field) && value !== null),
  )
}

const JSON_INSTRUCTION: JsonObject = {
  type: 'text',
  text: 'Answer with one valid JSON object and nothing else: no words around it, no code fence.',
}

function toFormat(format: unknown, { takesJsonSchema }: ModelTraits): JsonObject | 'json' | null {
  const { type, json_schema: described } = asObject(format)
  if (type === 'json_object') return 'json'
  if (type !== 'json_schema') return null
  if (!takesJsonSchema) throw new UntranslatableRequest('this model cannot be held to a JSON schema')
  return { type, schema: toCompilableSchema(asObject(described)['schema']) }
}

function toOutputConfig(
  given: unknown,
  effort: string | undefined,
  format: JsonObject | 'json' | null,
): JsonObject | null {
  const config = { ...(effort === undefined ? {} : { effort }), ...(isObject(format) ? { format } : {}) }
  const all = { ...config, ...asObject(given) }
  return Object.keys(all).length === 0 ? null : all
}

/** Where thinking is on: https://platform.claude.com/docs/en/build-with-claude/extended-thinking#feature-compatibility */
const LEAST_TOP_P_OF_THINKING = 0.95

function toSampling(request: ChatRequest, traits: ModelTraits, isThinking: boolean): JsonObject {
  const { temperature, top_p: topP, top_k: topK } = request
  const sampling: JsonObject = {}
  if (!traits.takesSampling) return sampling
  if (typeof temperature === 'number' && !isThinking) sampling['temperature'] = Math.min(temperature, 1)
  if (typeof topK === 'number' && !isThinking) sampling['top_k'] = topK
  const isTaken = traits.takesTemperatureWithTopP || sampling['temperature'] === undefined
  if (typeof topP === 'number' && isTaken && !(isThinking && topP < LEAST_TOP_P_OF_THINKING)) sampling['top_p'] = topP
  return sampling
}

function toStopSequences(stop: unknown): JsonObject {
  const sequences = (Array.isArray(stop) ? stop : [stop]).map(asText).filter((sequence) => sequence !== '')
  if (sequences.length === 0) return {}
  if (sequences.some((sequence) => sequence.trim() === '')) {
    throw new UntranslatableRequest('this provider does not stop at white space alone')
  }
  return { stop_sequences: sequences }
}

function toMetadata({ metadata, safety_identifier: safetyIdentifier, user }: ChatRequest): JsonObject {
  const userId = asText(asObject(metadata)['user_id']) || asText(safetyIdentifier) || asText(user)
  return userId === '' ? {} : { metadata: { user_id: userId } }
}

/** https://platform.claude.com/docs/en/api/service-tiers */
const SERVICE_TIERS = new Map([
  ['auto', 'auto'],
  ['priority', 'auto'],
  ['default', 'standard_only'],
  ['standard_only', 'standard_only'],
])

function toServiceTier(tier: unknown): JsonObject {
  const translated = SERVICE_TIERS.get(asText(tier))
  return translated === undefined ? {} : { service_tier: translated }
}
