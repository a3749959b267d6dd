import { z } from 'zod'
import type { EmbeddedInput } from '../../embed.ts'
import { parseBody } from '../../parse-body.ts'
import type { Operation } from '../dialect.ts'
import { embeddingContent } from './generate-schema.ts'
import { wordGoogleIssue } from './read-generate.ts'

const settings = {
  taskType: z.string().optional(),
  title: z.string().optional(),
  outputDimensionality: z.int().min(1).max(4096).optional(),
}
const embedRequest = z.strictObject({ model: z.string().optional(), content: embeddingContent, ...settings })
const batchRequest = z.strictObject({ requests: z.array(embedRequest).min(1) })
const vertexRequest = z.strictObject({
  content: embeddingContent,
  embedContentConfig: z.strictObject({ ...settings, autoTruncate: z.boolean().optional() }).optional(),
})
const predictRequest = z.strictObject({
  instances: z
    .array(
      z.strictObject({ content: z.string().min(1), task_type: z.string().optional(), title: z.string().optional() }),
    )
    .min(1),
  parameters: z
    .strictObject({ outputDimensionality: z.int().min(1).max(4096).optional(), autoTruncate: z.boolean().optional() })
    .optional(),
})

/** The Gemini API's embedContent (https://ai.google.dev/api/embeddings). */
export function readEmbed(model: string, body: unknown): Operation {
  const { content, outputDimensionality } = parseBody(embedRequest, body, wordGoogleIssue)
  return toEmbedding(model, {
    inputs: [textOf(content)],
    dimensions: outputDimensionality,
    whole: (embedded) => ({ embedding: { values: valuesOf(embedded[0]) }, usageMetadata: countOf(embedded) }),
  })
}

/** The Gemini API's batchEmbedContents. */
export function readBatch(model: string, body: unknown): Operation {
  const { requests } = parseBody(batchRequest, body, wordGoogleIssue)
  return toEmbedding(model, {
    inputs: requests.map(({ content }) => textOf(content)),
    dimensions: requests[0]?.outputDimensionality,
    whole: (embedded) => ({
      embeddings: embedded.map((item) => ({ values: valuesOf(item) })),
      usageMetadata: countOf(embedded),
    }),
  })
}

/** Vertex AI's embedContent, for the models after gemini-embedding-001. */
export function readVertexEmbed(model: string, body: unknown): Operation {
  const { content, embedContentConfig } = parseBody(vertexRequest, body, wordGoogleIssue)
  return toEmbedding(model, {
    inputs: [textOf(content)],
    dimensions: embedContentConfig?.outputDimensionality,
    whole: (embedded) => ({
      embedding: { values: valuesOf(embedded[0]) },
      usageMetadata: countOf(embedded),
      truncated: false,
    }),
  })
}

/**
 * Vertex AI's predict, for the models up to gemini-embedding-001
 * (https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api).
 */
export function readPredict(model: string, body: unknown): Operation {
  const { instances, parameters } = parseBody(predictRequest, body, wordGoogleIssue)
  const billableCharacterCount = instances.reduce((sum, { content }) => sum + content.length, 0)
  return toEmbedding(model, {
    inputs: instances.map(({ content }) => content),
    dimensions: parameters?.outputDimensionality,
    whole: (embedded) => ({
      predictions: embedded.map((item) => ({
        embeddings: { values: valuesOf(item), statistics: { token_count: item.tokens, truncated: false } },
      })),
      metadata: { billableCharacterCount },
    }),
  })
}

interface EmbeddingFacts {
  readonly inputs: readonly string[]
  readonly dimensions: number | undefined
  whole(embedded: readonly EmbeddedInput[]): object
}

function toEmbedding(model: string, { inputs, dimensions, whole }: EmbeddingFacts): Operation {
  return { type: 'embedding', model, inputs, dimensions, wire: { whole } }
}

function textOf({ parts }: z.infer<typeof embeddingContent>): string {
  return parts.map(({ text = '' }) => text).join('')
}

function valuesOf(item: EmbeddedInput | undefined): number[] {
  return [...(item?.vector ?? [])]
}

function countOf(embedded: readonly EmbeddedInput[]): object {
  const promptTokenCount = embedded.reduce((sum, { tokens }) => sum + tokens, 0)
  return { promptTokenCount, promptTokensDetails: [{ modality: 'TEXT', tokenCount: promptTokenCount }] }
}
