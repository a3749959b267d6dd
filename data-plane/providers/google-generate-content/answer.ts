import { toOpenAiUsage } from '../../../shared/llm/usage.ts'
import { FailedAnswer, UnreadableAnswer, type ChatCall, type ProviderAnswer } from '../provider.ts'
import { asObject, asObjects, asText, isObject, parseObject, type JsonObject } from '../vendor-json.ts'
import { describeContent, nameCall, readContent, readIndex } from './candidate.ts'
import { readErrorInside } from './failure.ts'
import { readFinish } from './finish-reason.ts'
import { readLogprobs } from './logprobs.ts'
import { modelGeneration } from './model-generation.ts'
import { countSearches, readUsage } from './usage.ts'

/**
 * A whole `generateContent` answer as a `chat.completion`: https://ai.google.dev/api/generate-content. What Google says
 * beside (ratings, sources, its model's version) is kept in its own words, on the choice or the answer it belongs to.
 *
 * @throws UnreadableAnswer
 */
export function fromGenerateContentAnswer(call: ChatCall, bytes: Buffer): ProviderAnswer {
  const answer = parseObject(bytes.toString('utf8'))
  if (isObject(answer['error'])) throw new FailedAnswer(readErrorInside(answer['error']))
  const { candidates, usageMetadata, createTime, ...rest } = answer
  const created = readCreated(createTime, call.created)
  const choices = isBlocked(answer) ? [blockedChoice()] : readChoices(answer, created)
  const searches = asObjects(candidates).map((each) => countSearches(each, modelGeneration(call.upstreamModel)))
  const usage = readUsage(
    usageMetadata,
    searches.reduce((sum, count) => sum + count, 0),
  )
  const body = {
    ...rest,
    object: 'chat.completion',
    created,
    model: call.upstreamModel,
    choices,
    ...(usage ? { usage: toOpenAiUsage(usage) } : {}),
  }
  return { body, usage, finishReason: choices[0]?.finish_reason ?? null }
}

/** Google will not answer the prompt, and says so instead of giving candidates. */
export function isBlocked({ candidates, promptFeedback }: JsonObject): boolean {
  return asObjects(candidates).length === 0 && asText(asObject(promptFeedback)['blockReason']) !== ''
}

function blockedChoice() {
  return {
    index: 0,
    message: { role: 'assistant', content: null, refusal: null },
    finish_reason: 'content_filter' as const,
  }
}

function readChoices({ candidates, responseId }: JsonObject, created: number) {
  if (!Array.isArray(candidates) || !candidates.some(isObject)) {
    throw new UnreadableAnswer('the answer has no candidates')
  }
  return asObjects(candidates).map((candidate, position) => {
    const { content, finishReason, index: _index, logprobsResult, ...rest } = candidate
    const index = readIndex(candidate, position)
    const read = readContent(content, (call) => nameCall(asText(responseId) || String(created), index, call))
    const finish = readFinish(finishReason, read.toolCalls.length > 0) ?? { finish_reason: 'stop' as const }
    const message = {
      role: 'assistant',
      content: read.text === '' ? null : read.text,
      refusal: null,
      ...describeContent(read),
    }
    return { ...rest, index, message, ...readLogprobs(logprobsResult), ...finish }
  })
}

/** When the answer was made, in Unix seconds. */
export function readCreated(createTime: unknown, fallback: number): number {
  const milliseconds = Date.parse(asText(createTime))
  return Number.isNaN(milliseconds) ? fallback : Math.floor(milliseconds / 1_000)
}
