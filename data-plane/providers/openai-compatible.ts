import { parseAnswer } from './openai-compatible/answer.ts'
import type { OpenAiDialect } from './openai-compatible/dialect.ts'
import { classifyRefusal } from './openai-compatible/failure.ts'
import { buildRequest } from './openai-compatible/request.ts'
import { createChatStreamDecoder } from './openai-compatible/stream.ts'
import type { Provider } from './provider.ts'

/**
 * The translation for every gateway that speaks OpenAI's API (https://platform.openai.com/docs/api-reference). Bytes
 * are kept where nothing needs changing, so every parameter of OpenAI's, also one of tomorrow, passes through untouched
 * both ways; tool arguments and logprobs are never read. What is written over:
 *
 * - in requests: `model`; `stream_options.include_usage`, so that streams are metered; Signalbox's own fields are left out
 * - in answers: a `finish_reason` that is none of OpenAI's (kept as `native_finish_reason`), and `reasoning`, of which
 *   `reasoning_content` is made beside it
 */
export function openAiCompatible(dialect: OpenAiDialect): Provider {
  return {
    gateway: dialect.gateway,
    buildRequest: (call) => buildRequest(call, dialect),
    parseAnswer: (call, body) => parseAnswer(call, body, dialect),
    createStreamDecoder: () => createChatStreamDecoder(dialect),
    classifyFailure: (refusal) => classifyRefusal(refusal, dialect),
  }
}

/** What our own APIs add to OpenAI's request; a vendor would refuse or misread it. */
export const SIGNALBOX_FIELDS = ['route', 'service', 'routing', 'cache', 'provider', 'models'] as const
