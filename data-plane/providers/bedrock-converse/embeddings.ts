import { asTokenCount, NO_USAGE, type Usage } from '../../../shared/llm/usage.ts'
import { UnreadableAnswer, UntranslatableRequest, type EmbeddingsCall, type ProviderAnswer } from '../provider.ts'
import { asObject, parseObject, type JsonObject } from '../vendor-json.ts'

/**
 * Embeddings by InvokeModel, whose body is each model's own. Titan's and Cohere's are known by the model's id:
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html
 *
 * @throws UntranslatableRequest
 */
export function toEmbeddingRequest({ request, upstreamModel }: EmbeddingsCall): JsonObject {
  const texts = readTexts(request.input)
  if (upstreamModel.includes('cohere.embed')) return toCohereRequest(request, upstreamModel, texts)
  if (!upstreamModel.includes('amazon.titan-embed')) {
    throw new UntranslatableRequest('Signalbox knows the embeddings of Titan and Cohere on Bedrock')
  }
  const [inputText] = texts
  if (texts.length !== 1) throw new UntranslatableRequest('Titan embeds one text a call: send one call for each input')
  return { inputText, ...toTitanOptions(request, upstreamModel) }
}

function readTexts(input: unknown): string[] {
  const list: unknown[] = Array.isArray(input) ? input : [input]
  const texts = list.filter((one) => typeof one === 'string')
  if (texts.length !== list.length) throw new UntranslatableRequest('Bedrock embeds text, not lists of tokens')
  return texts
}

type Options = Readonly<Record<string, unknown>>

function toTitanOptions({ dimensions, normalize }: Options, upstreamModel: string): JsonObject {
  if (upstreamModel.includes('titan-embed-image')) {
    return typeof dimensions === 'number' ? { embeddingConfig: { outputEmbeddingLength: dimensions } } : {}
  }
  if (upstreamModel.includes('titan-embed-text-v2')) {
    return {
      ...(typeof dimensions === 'number' ? { dimensions } : {}),
      ...(typeof normalize === 'boolean' ? { normalize } : {}),
    }
  }
  refuseDimensions(dimensions)
  return {}
}

/** `input_type` must be said; a document's is the one to store, and a caller who searches says `search_query`. */
function toCohereRequest(options: Options, upstreamModel: string, texts: readonly string[]): JsonObject {
  const { dimensions, input_type: inputType, truncate } = options
  const sized = upstreamModel.includes('embed-v4')
  if (!sized) refuseDimensions(dimensions)
  return {
    texts,
    input_type: typeof inputType === 'string' ? inputType : 'search_document',
    embedding_types: ['float'],
    ...(typeof truncate === 'string' ? { truncate } : {}),
    ...(sized && typeof dimensions === 'number' ? { output_dimension: dimensions } : {}),
  }
}

function refuseDimensions(dimensions: unknown): void {
  if (typeof dimensions === 'number') throw new UntranslatableRequest('this model has one size: leave out dimensions')
}

/**
 * InvokeModel's answer as OpenAI's list of embeddings. Cohere's body counts no tokens.
 *
 * @throws UnreadableAnswer
 */
export function fromEmbeddingAnswer({ request }: EmbeddingsCall, bytes: Buffer): ProviderAnswer {
  const answer = parseObject(bytes.toString('utf8'))
  const encode = request['encoding_format'] === 'base64' ? toBase64 : (vector: readonly number[]) => vector
  const data = readVectors(answer).map((vector, index) => ({ object: 'embedding', index, embedding: encode(vector) }))
  const usage = readUsage(answer)
  const tokens = usage?.uncachedInputTokens
  const body = { object: 'list', data, ...(usage ? { usage: { prompt_tokens: tokens, total_tokens: tokens } } : {}) }
  return { body, usage, finishReason: null }
}

/** Titan's `embedding`, Cohere's `embeddings`: a list, or a list by type where types were asked for. */
function readVectors({ embedding, embeddings }: JsonObject): (readonly number[])[] {
  if (isVector(embedding)) return [embedding]
  const list = Array.isArray(embeddings) ? embeddings : asObject(embeddings)['float']
  if (!Array.isArray(list) || !list.every(isVector)) throw new UnreadableAnswer('the answer has no embeddings')
  return list
}

function isVector(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'number')
}

/** https://platform.openai.com/docs/api-reference/embeddings/create: 32-bit floats, little-endian. */
function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * 4)
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes.toString('base64')
}

function readUsage({ inputTextTokenCount: tokens }: JsonObject): Usage | null {
  return typeof tokens === 'number' ? { ...NO_USAGE, uncachedInputTokens: asTokenCount(tokens) } : null
}
