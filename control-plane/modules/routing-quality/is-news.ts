import type { QualityKnowledge, QualityScore } from '../../../shared/llm/routing-quality.ts'

/** Smaller differences of expected quality hardly ever decide between two models, and each snapshot costs every process. */
const LEAST_DIFFERENCE = 0.01
/** Scores weigh by their number against what was assumed: a fifth more or fewer may move what is expected. */
const LEAST_SHARE = 0.2

/** Whether what was learned differs so much from what is served that data planes should hear of it. */
export function isNews(served: QualityKnowledge, learned: QualityKnowledge): boolean {
  if (served.scores.length !== learned.scores.length) return true
  const known = new Map(served.scores.map((score) => [keyOf(score), score]))
  return learned.scores.some((score) => {
    const before = known.get(keyOf(score))
    if (!before) return true
    return (
      Math.abs(score.mean - before.mean) >= LEAST_DIFFERENCE ||
      Math.abs(score.count - before.count) >= LEAST_SHARE * before.count
    )
  })
}

function keyOf({ modelId, taskClass }: QualityScore): string {
  return `${taskClass} ${modelId}`
}
