import type { EmbeddingInput } from '../../embed.ts'
import type { Operation } from '../dialect.ts'
import { parseEmbeddingRequest, type OpenAiEmbeddingRequest } from './openai-request.ts'

/** Embeddings (https://platform.openai.com/docs/api-reference/embeddings). */
export function openAiEmbedding(body: unknown): Operation {
  const { model, input, dimensions, encoding_format: format } = parseEmbeddingRequest(body)
  return {
    type: 'embedding',
    model,
    inputs: toInputs(input),
    dimensions: dimensions ?? undefined,
    wire: {
      whole(embedded) {
        const tokens = embedded.reduce((sum, item) => sum + item.tokens, 0)
        const data = embedded.map(({ vector }, index) => ({
          object: 'embedding',
          index,
          embedding: encode(vector, format),
        }))
        return { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } }
      },
    },
  }
}

function toInputs(input: OpenAiEmbeddingRequest['input']): EmbeddingInput[] {
  if (typeof input === 'string') return [input]
  return input.every((item) => typeof item === 'number') ? [input] : input
}

/** The official clients ask for base64: 32-bit floats, little-endian. */
function encode(vector: Float32Array, format: OpenAiEmbeddingRequest['encoding_format']): number[] | string {
  if (format !== 'base64') return [...vector]
  const bytes = Buffer.alloc(vector.length * 4)
  vector.forEach((value, index) => bytes.writeFloatLE(value, index * 4))
  return bytes.toString('base64')
}
