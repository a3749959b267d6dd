import { NO_USAGE, type Usage } from '../../../shared/llm/usage.ts'
import { UnreadableAnswer, UntranslatableRequest, type EmbeddingsCall, type ProviderAnswer } from '../provider.ts'
import { asObject, asObjects, isObject, parseObject, type JsonObject } from '../vendor-json.ts'
import { readUsage } from './usage.ts'

/** The method of a model, and the body for it. */
interface EmbeddingsRequestBody {
  readonly method: 'predict' | 'embedContent'
  readonly body: JsonObject
}

/**
 * An embeddings request in Google's words. Two APIs do it: `predict`, a list of texts at once
 * (https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api), and `embedContent`, which
 * the models after `gemini-embedding-001` have instead and which takes one text. `task_type`, `title` and
 * `auto_truncate` are Google's own and go on; `encoding_format` is seen to by us; `user` is left out.
 *
 * @throws UntranslatableRequest
 */
export function toEmbeddingsRequest({ request, upstreamModel }: EmbeddingsCall): EmbeddingsRequestBody {
  const texts = readTexts(request.input)
  const outputDimensionality = request['dimensions'] ?? undefined
  const { task_type: taskType, title, auto_truncate: autoTruncate } = request
  if (!hasEmbedContent(upstreamModel)) {
    const parameters = { outputDimensionality, autoTruncate }
    const instances = texts.map((content) => ({ content, task_type: taskType, title }))
    const isGiven = Object.values(parameters).some((value) => value !== undefined)
    return { method: 'predict', body: { instances, ...(isGiven ? { parameters } : {}) } }
  }
  if (texts.length !== 1) {
    throw new UntranslatableRequest('this model embeds one text a request; send each on its own')
  }
  const config = { outputDimensionality, taskType, title, autoTruncate }
  const isGiven = Object.values(config).some((value) => value !== undefined)
  return {
    method: 'embedContent',
    body: {
      content: { role: 'user', parts: [{ text: texts[0] }] },
      ...(isGiven ? { embedContentConfig: config } : {}),
    },
  }
}

/** As Google's own client tells them apart: `tIsVertexEmbedContentModel` of `@google/genai`. */
function hasEmbedContent(model: string): boolean {
  return (model.includes('gemini') && model !== 'gemini-embedding-001') || model.includes('maas')
}

function readTexts(input: unknown): string[] {
  const texts: unknown[] = Array.isArray(input) ? input : [input]
  return texts.map((text) => {
    if (typeof text !== 'string') throw new UntranslatableRequest('input must be text for this model, not tokens')
    return text
  })
}

/**
 * Google's vectors as OpenAI's list.
 *
 * @throws UnreadableAnswer
 */
export function fromEmbeddingsAnswer({ request, upstreamModel }: EmbeddingsCall, bytes: Buffer): ProviderAnswer {
  const answer = parseObject(bytes.toString('utf8'))
  const embeddings = readEmbeddings(answer)
  const asked = Array.isArray(request.input) ? request.input.length : 1
  if (embeddings.length !== asked) throw new UnreadableAnswer('the answer has not one vector for each input')
  const inBase64 = request['encoding_format'] === 'base64'
  const data = embeddings.map((embedding, index) => {
    const values = readValues(embedding)
    return { object: 'embedding', index, embedding: inBase64 ? toBase64(values) : values }
  })
  const usage = readUsage(answer['usageMetadata'], 0) ?? addTokens(embeddings)
  const tokens = usage?.uncachedInputTokens ?? 0
  const counted = usage ? { usage: { prompt_tokens: tokens, total_tokens: tokens } } : {}
  return { body: { object: 'list', data, model: upstreamModel, ...counted }, usage, finishReason: null }
}

function readEmbeddings({ predictions, embedding }: JsonObject): JsonObject[] {
  if (isObject(embedding)) return [embedding]
  if (!Array.isArray(predictions)) throw new UnreadableAnswer('the answer has no embeddings')
  return asObjects(predictions).map((prediction) => asObject(prediction['embeddings']))
}

function readValues({ values }: JsonObject): number[] {
  if (!Array.isArray(values) || !values.every((value) => typeof value === 'number')) {
    throw new UnreadableAnswer('the answer has a vector that is none')
  }
  return values
}

/** Four bytes a number, the lowest first, which is what OpenAI's clients ask for unless told otherwise. */
function toBase64(values: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(values.length * 4)
  for (const [position, value] of values.entries()) bytes.writeFloatLE(value, position * 4)
  return bytes.toString('base64')
}

/** `predict` counts each text on its own, and as a number with a fraction. */
function addTokens(embeddings: readonly JsonObject[]): Usage | null {
  let tokens = 0
  for (const { statistics } of embeddings) {
    const { token_count: count } = asObject(statistics)
    if (typeof count !== 'number' || !(count >= 0)) return null
    tokens += count
  }
  return { ...NO_USAGE, uncachedInputTokens: Math.ceil(tokens) }
}
