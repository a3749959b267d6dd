import { z } from 'zod'
import type { EmbeddedInput } from '../../embed.ts'
import { invalidRequest } from '../../errors.ts'
import { parseBody } from '../../parse-body.ts'
import type { EmbeddingWire, Operation } from '../dialect.ts'
import { wordBedrockIssue } from './read-converse.ts'

const titan = z.strictObject({
  inputText: z.string().min(1),
  dimensions: z.union([z.literal(1024), z.literal(512), z.literal(256)]).optional(),
  normalize: z.boolean().optional(),
  embeddingTypes: z.array(z.enum(['float', 'binary'])).optional(),
  embeddingConfig: z.strictObject({ outputEmbeddingLength: z.int() }).optional(),
})

const cohere = z.strictObject({
  texts: z.array(z.string().min(1)).min(1).max(96),
  input_type: z.enum(['search_document', 'search_query', 'classification', 'clustering', 'image']),
  truncate: z.enum(['NONE', 'START', 'END', 'LEFT', 'RIGHT']).optional(),
  embedding_types: z.array(z.literal('float')).optional(),
  output_dimension: z.union([z.literal(256), z.literal(512), z.literal(1024), z.literal(1536)]).optional(),
  max_tokens: z.int().optional(),
})

/**
 * Embeddings by InvokeModel, whose body is the model's own. The simulator's one embedding model speaks as Titan
 * (https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html) or as Cohere
 * (https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html), as it is spoken to.
 */
export function readInvoke(model: string, body: unknown): Operation {
  const fields: object = typeof body === 'object' && body !== null ? body : {}
  if ('inputText' in fields) return readTitan(model, body)
  if ('texts' in fields) return readCohere(model, body)
  throw invalidRequest({ reason: 'Malformed input request: #: required key [inputText] or [texts] not found.' })
}

function readTitan(model: string, body: unknown): Operation {
  const { inputText, embeddingConfig, ...options } = parseBody(titan, body, wordBedrockIssue)
  const dimensions = options.dimensions ?? embeddingConfig?.outputEmbeddingLength
  const whole: EmbeddingWire['whole'] = ([only]) => {
    const embedding = [...(only?.vector ?? [])]
    return { embedding, embeddingsByType: { float: embedding }, inputTextTokenCount: only?.tokens ?? 0 }
  }
  return {
    type: 'embedding',
    model,
    inputs: [inputText],
    dimensions,
    wire: { whole, headers: countInHeader },
  }
}

function readCohere(model: string, body: unknown): Operation {
  const { texts, embedding_types: types, output_dimension: dimensions } = parseBody(cohere, body, wordBedrockIssue)
  const whole: EmbeddingWire['whole'] = (embedded) => {
    const floats = embedded.map(({ vector }) => [...vector])
    return {
      id: 'simulator',
      texts,
      embeddings: types ? { float: floats } : floats,
      response_type: types ? 'embeddings_by_type' : 'embeddings_floats',
    }
  }
  return { type: 'embedding', model, inputs: texts, dimensions, wire: { whole, headers: countInHeader } }
}

/** Cohere's answer does not say what it used; Bedrock says it for all models in a header. */
function countInHeader(embedded: readonly EmbeddedInput[]): Readonly<Record<string, string>> {
  return { 'x-amzn-bedrock-input-token-count': String(embedded.reduce((sum, { tokens }) => sum + tokens, 0)) }
}
