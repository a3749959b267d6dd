import type { ChatRequest } from '../../../shared/llm/chat-request.ts'
import { toCompilableSchema } from '../anthropic-messages/json-schema.ts'
import { modelTraits, type ModelTraits } from '../anthropic-messages/model-traits.ts'
import { UntranslatableRequest, type ChatCall } from '../provider.ts'
import { asObject, isObject, type JsonObject } from '../vendor-json.ts'
import { toConversation } from './messages.ts'
import { isClaude } from './model-family.ts'
import { toReasoning, type Reasoning } from './reasoning.ts'
import { planTools } from './tools.ts'

/**
 * A chat request as the body of Converse and ConverseStream
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html). `bedrock.ts` lists what becomes
 * of each parameter.
 *
 * @throws UntranslatableRequest
 */
export function toConverseRequest({ request, upstreamModel }: ChatCall): JsonObject {
  refuseWhatCannotBeSaid(request)
  const traits = modelTraits(upstreamModel)
  const tools = planTools(request, { isClaude: isClaude(upstreamModel), traits })
  const { system, messages } = toConversation(request.messages, {
    upstreamModel,
    toolsOffered: tools.toolConfig !== null,
  })
  const instructions = [...system, ...toJsonInstruction(request)]
  const maxTokens = request.max_completion_tokens ?? request.max_tokens ?? traits.defaultMaxTokens
  const toolChoice = { ...tools.choice }
  const reasoning = toReasoning({ request, upstreamModel, traits, maxTokens, toolChoice, messages })
  const sampling = toSampling(request, traits, reasoning)
  const modelFields = {
    ...tools.modelFields,
    ...reasoning.modelFields,
    ...placeTopK(sampling.topK, upstreamModel),
    ...asObject(request['additionalModelRequestFields']),
  }
  return {
    messages,
    ...(instructions.length > 0 ? { system: instructions } : {}),
    ...unlessEmpty(
      'inferenceConfig',
      toInferenceConfig(request, sampling, reasoning.hasBudget ? maxTokens : undefined),
    ),
    ...(tools.toolConfig ? { toolConfig: tools.toolConfig } : {}),
    ...unlessEmpty('additionalModelRequestFields', modelFields),
    ...pickConverseFields(request),
    ...unlessEmpty('serviceTier', toServiceTier(request)),
    ...unlessEmpty('outputConfig', toOutputConfig(request, upstreamModel, reasoning)),
  }
}

function refuseWhatCannotBeSaid(request: ChatRequest): void {
  const { modalities, logit_bias: logitBias } = request
  const asked: readonly [boolean, string][] = [
    [typeof request.n === 'number' && request.n > 1, 'gives one choice: n must be 1'],
    [Array.isArray(modalities) && modalities.some((one) => one !== 'text'), 'answers in text: modalities must be text'],
    [isObject(request['audio']), 'answers in text: audio is not offered'],
    [isObject(logitBias) && Object.keys(logitBias).length > 0, 'has no logit_bias'],
    [isObject(request['web_search_options']), 'has no web_search_options'],
    [Array.isArray(request['functions']), 'has no functions: use tools'],
  ]
  const refused = asked.find(([isAsked]) => isAsked)
  if (refused) throw new UntranslatableRequest(`Bedrock ${refused[1]}`)
}

interface Sampling {
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
}

/** Where Claude thinks: https://platform.claude.com/docs/en/build-with-claude/extended-thinking#feature-compatibility */
const LEAST_TOP_P_OF_THINKING = 0.95

/** What the model takes of what was asked; of the others every model takes all, as far as is known. */
function toSampling(request: ChatRequest, traits: ModelTraits, { isOn }: Reasoning): Sampling {
  if (!traits.takesSampling) return {}
  const { temperature, top_p: topP, top_k: topK } = request
  const hasTemperature = typeof temperature === 'number' && !isOn
  const takesTopP =
    (traits.takesTemperatureWithTopP || !hasTemperature) && !(isOn && Number(topP) < LEAST_TOP_P_OF_THINKING)
  return {
    // Converse's most is 1: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InferenceConfiguration.html
    ...(hasTemperature ? { temperature: Math.min(temperature, 1) } : {}),
    ...(typeof topP === 'number' && takesTopP ? { topP } : {}),
    ...(typeof topK === 'number' && !isOn ? { topK } : {}),
  }
}

function toInferenceConfig(
  request: ChatRequest,
  { temperature, topP }: Sampling,
  limit: number | undefined,
): JsonObject {
  const maxTokens = request.max_completion_tokens ?? request.max_tokens ?? limit
  const { stop } = request
  const stopSequences = (Array.isArray(stop) ? stop : [stop]).filter((word) => typeof word === 'string' && word !== '')
  return {
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(stopSequences.length > 0 ? { stopSequences } : {}),
  }
}

/** Nova has a place of its own: https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html */
function placeTopK(topK: number | undefined, upstreamModel: string): JsonObject {
  if (topK === undefined) return {}
  return upstreamModel.includes('amazon.nova') ? { inferenceConfig: { topK } } : { top_k: topK }
}

function toOutputConfig(request: ChatRequest, upstreamModel: string, { effort }: Reasoning): JsonObject {
  const textFormat = toTextFormat(request, upstreamModel)
  return {
    ...(textFormat ? { textFormat } : {}),
    ...(effort === undefined ? {} : { effort }),
    ...asObject(request['outputConfig']),
  }
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html: the schema travels as text. */
function toTextFormat({ response_format: format }: ChatRequest, upstreamModel: string): JsonObject | null {
  const { type, json_schema: described } = asObject(format)
  if (type !== 'json_schema') return null
  if (!modelTraits(upstreamModel).takesJsonSchema) {
    throw new UntranslatableRequest('this model cannot be held to a JSON schema')
  }
  const { schema, name, description } = asObject(described)
  if (!isObject(schema)) throw new UntranslatableRequest('response_format.json_schema needs a schema')
  const jsonSchema = {
    schema: JSON.stringify(isClaude(upstreamModel) ? toCompilableSchema(schema) : schema),
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof description === 'string' ? { description } : {}),
  }
  return { type: 'json_schema', structure: { jsonSchema } }
}

/** Converse constrains an answer by a schema alone; JSON of any shape can only be asked for. */
function toJsonInstruction({ response_format: format }: ChatRequest): JsonObject[] {
  if (asObject(format)['type'] !== 'json_object') return []
  return [{ text: 'Answer with one valid JSON object and nothing else: no words around it, no code fence.' }]
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/service-tiers-inference.html; `auto` leaves it to Bedrock. */
function toServiceTier({ serviceTier, service_tier: tier }: ChatRequest): JsonObject {
  if (isObject(serviceTier)) return serviceTier
  return tier === 'default' || tier === 'flex' || tier === 'priority' ? { type: tier } : {}
}

/** What Converse has of its own, passed on as it came. */
const CONVERSE_FIELDS = [
  'guardrailConfig',
  'promptVariables',
  'additionalModelResponseFieldPaths',
  'requestMetadata',
  'performanceConfig',
] as const

function pickConverseFields(request: ChatRequest): JsonObject {
  const named = CONVERSE_FIELDS.filter((field) => request[field] !== undefined && request[field] !== null)
  return Object.fromEntries(named.map((field) => [field, request[field]]))
}

function unlessEmpty(field: string, value: object): JsonObject {
  return Object.keys(value).length > 0 ? { [field]: value } : {}
}
