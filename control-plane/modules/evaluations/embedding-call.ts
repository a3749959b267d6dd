import { z } from 'zod'
import { embeddingSimilarity } from './evaluators/embedding-similarity.ts'
import { embeddingSettings } from './evaluators/kinds/asking-kinds.ts'
import type { Metric } from './evaluations.read-model.ts'
import type { JudgementScore } from './judge-call.ts'
import type { JudgeCall } from './judge-calls.ts'

/** Both texts in one call of the metric's embedding model; null: there is nothing to compare. */
export function embeddingCalls(metric: Metric, answer: string, expected: string | null): JudgeCall[] | null {
  if (metric.embeddingModel === null || expected === null || expected === '' || answer === '') return null
  return [{ path: 'embeddings', model: metric.embeddingModel, request: { input: [answer, expected] } }]
}

const embeddings = z.object({
  data: z.array(z.object({ index: z.number(), embedding: z.array(z.number()).max(16_384) })).length(2),
})

/** Reads the answer of the embeddings API: https://platform.openai.com/docs/api-reference/embeddings/object */
export function readEmbeddings(metric: Metric, [body]: readonly unknown[]): JudgementScore {
  const read = embeddings.safeParse(body)
  const ofText = (place: number): number[] | undefined =>
    read.data?.data.find(({ index }) => index === place)?.embedding
  const [left, right] = [ofText(0), ofText(1)]
  if (!left || !right) return { type: 'unreadable', reason: 'The embedding model did not answer with two embeddings.' }
  const { base } = embeddingSettings.parse(metric.settings)
  const { score, reason } = embeddingSimilarity(left, right, base)
  return { type: 'read', value: score, reason }
}
