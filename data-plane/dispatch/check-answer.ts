import type { ChatRequest } from '../../shared/llm/chat-request.ts'
import { UnusableSchema } from '../../shared/json-schema/survey-schema.ts'
import { judgeOutput, type OutputCheck, type OutputChecks, type WrittenChoice } from '../../shared/llm/output-check.ts'
import { invalidField } from '../errors.ts'
import type { ProviderAnswer } from '../providers/provider.ts'
import type { RequestContext } from '../request-context.ts'
import { AttemptFailed } from './attempt-failed.ts'

/**
 * How the answers to a call are held to its `response_format`; null: it has none that promises anything.
 *
 * @throws SignalboxError `invalid_request` when the schema cannot be checked: nobody is asked for an answer that could
 *   not be returned as valid
 */
export function findOutputCheck({ kind, request }: RequestContext, checks: OutputChecks): OutputCheck | null {
  if (kind !== 'chat') return null
  try {
    return checks.of(request as ChatRequest)
  } catch (error) {
    if (!(error instanceof UnusableSchema)) throw error
    const field = 'response_format.json_schema.schema'
    throw invalidField({ field, rule: `cannot be checked: ${error.message}` }, { param: field, cause: error })
  }
}

/**
 * Holds a whole answer to what was promised, and notes that it was.
 *
 * @throws AttemptFailed `invalid-output`, with the answer, which its provider charges for all the same
 */
export function checkAnswer(context: RequestContext, answer: ProviderAnswer, check: OutputCheck): void {
  const { choices } = answer.body
  const verdict = judgeOutput(check, Array.isArray(choices) ? choices.map(readChoice) : [])
  if (verdict.type === 'violates') {
    throw new AttemptFailed({ reason: 'invalid-output', message: verdict.fault, status: 200, answer })
  }
  context.outputVerdict = verdict
}

function readChoice(choice: unknown): WrittenChoice {
  const { message, finish_reason: finishReason } = (choice ?? {}) as { message?: unknown; finish_reason?: unknown }
  const { content, refusal, tool_calls: toolCalls, function_call: functionCall } = (message ?? {}) as Message
  return {
    content,
    refused: typeof refusal === 'string' && refusal !== '',
    calledTools: (Array.isArray(toolCalls) && toolCalls.length > 0) || isPresent(functionCall),
    finishReason: typeof finishReason === 'string' ? finishReason : null,
  }
}

interface Message {
  readonly content?: unknown
  readonly refusal?: unknown
  readonly tool_calls?: unknown
  readonly function_call?: unknown
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null
}
