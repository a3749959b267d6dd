import { asFinishReason } from '../../../shared/llm/finish-reason.ts'
import type { OpenAiDialect } from './dialect.ts'
import { FailedAnswer, UnreadableAnswer, type ProviderAnswer, type ProviderCall } from '../provider.ts'
import { asObject, isObject, parseObject, type JsonObject } from '../vendor-json.ts'
import { isBroken, settleFinishReason, settleReasoning } from './choice.ts'
import { classifyEmbeddedError } from './failure.ts'
import { readUsage } from './usage.ts'

/**
 * A whole answer, every field of it kept.
 *
 * @throws FailedAnswer when it says that it failed, as OpenRouter's do once a model has begun
 *   (https://openrouter.ai/docs/api/reference/errors-and-debugging)
 */
export function parseAnswer(call: ProviderCall, bytes: Buffer, dialect: OpenAiDialect): ProviderAnswer {
  const body = parseObject(bytes.toString('utf8'))
  const list = body[call.kind === 'chat' ? 'choices' : 'data']
  if (!Array.isArray(list)) throw withoutList(body, dialect)
  if (call.kind === 'chat') for (const choice of list) settleChoice(choice, dialect)

  const finishReason = asFinishReason(asObject(list[0])['finish_reason'])
  const usage = readUsage(body['usage'])
  const cost = usage && dialect.readCost ? dialect.readCost(asObject(body['usage'])) : null
  return cost === null ? { body, usage, finishReason } : { body, usage, finishReason, reportedCost: cost }
}

function withoutList(body: JsonObject, dialect: OpenAiDialect): UnreadableAnswer {
  if (body['error'] === undefined || body['error'] === null) return new UnreadableAnswer('the answer has no choices')
  return new FailedAnswer(classifyEmbeddedError(body, dialect))
}

function settleChoice(choice: unknown, dialect: OpenAiDialect): void {
  if (!isObject(choice)) throw new UnreadableAnswer('the answer’s choices are no objects')
  if (isBroken(choice)) throw new FailedAnswer(classifyEmbeddedError(choice, dialect))
  settleFinishReason(choice)
  if (isObject(choice['message'])) settleReasoning(choice['message'])
}
