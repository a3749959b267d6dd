import { asObject, asObjects, asText, type JsonObject } from '../vendor-json.ts'

/** Google's probabilities in OpenAI's form: https://platform.openai.com/docs/api-reference/chat/object */
export function readLogprobs(value: unknown): JsonObject {
  if (value === undefined) return {}
  const { chosenCandidates, topCandidates } = asObject(value)
  const top = asObjects(topCandidates)
  const content = asObjects(chosenCandidates).map((chosen, position) => ({
    ...describeToken(chosen),
    top_logprobs: asObjects(top[position]?.['candidates']).map(describeToken),
  }))
  return { logprobs: { content, refusal: null } }
}

function describeToken({ token, logProbability }: JsonObject): JsonObject {
  return { token: asText(token), logprob: logProbability ?? null, bytes: null }
}
