import { readAnswer } from './evaluators/answer.ts'
import { buildBinaryPrompt, readBinaryVerdict } from './evaluators/judge/binary-judge.ts'
import type { JudgePrompt, JudgeRequest } from './evaluators/judge/judge-request.ts'
import type { Verdict } from './evaluators/judge/read-verdict.ts'
import { buildRubricPrompt, readRubricVerdict } from './evaluators/judge/rubric-judge.ts'
import { writeConversation } from './evaluators/judge/write-conversation.ts'
import { binaryJudgeSettings, rubricJudgeSettings } from './evaluators/kinds/asking-kinds.ts'
import type { Metric } from './evaluations.read-model.ts'
import { type JudgeCall, MOST_JUDGE_TOKENS } from './judge-calls.ts'

/** What models are asked for one score, and how their answers are read. */
export type Judgement =
  | {
      readonly type: 'calls'
      readonly calls: readonly JudgeCall[]
      /** Reads the bodies of the answers, in the order of the calls. */
      readonly read: (bodies: readonly unknown[]) => JudgementScore
    }
  /** There is nothing to ask. */
  | { readonly type: 'unscored'; readonly reason: string }

export type JudgementScore =
  | { readonly type: 'read'; readonly value: number | null; readonly reason: string | null }
  /** Asking again may give an answer that can be read. */
  | { readonly type: 'unreadable'; readonly reason: string }

export interface JudgedAnswer {
  readonly messages: unknown
  readonly answer: string
  readonly expected: string | null
  /** An unguessable word, around what strangers wrote. */
  readonly fence: string
}

/** One call of a judge, for a grade or for pass or fail. */
export function judgeCall(metric: Metric, { messages, answer, expected, fence }: JudgedAnswer): Judgement {
  const conversation = writeConversation(messages)
  if (metric.kind === 'judge-rubric') {
    const { showExpected, ...rubric } = rubricJudgeSettings.parse(metric.settings)
    const shown = showExpected ? expected : null
    const prompt = buildRubricPrompt({ ...rubric, conversation, answer, expected: shown, fence })
    return oneCall(metric.judgeModel, prompt, readRubricVerdict)
  }
  if (expected === null) return { type: 'unscored', reason: 'There is no expected output to compare with.' }
  const { instructions } = binaryJudgeSettings.parse(metric.settings)
  const prompt = buildBinaryPrompt({ conversation, answer, expected, instructions, fence })
  return oneCall(metric.judgeModel, prompt, readBinaryVerdict)
}

/** A judge's request as one of OpenAI's chat API: without chance, and with a bound on what it may cost. */
export function toChatCall(model: string, { messages, responseFormat }: JudgeRequest): JudgeCall {
  const request = {
    messages,
    response_format: responseFormat,
    temperature: 0,
    max_completion_tokens: MOST_JUDGE_TOKENS,
  }
  return { path: 'chat/completions', model, request }
}

/** Reads the answer that a chat completion's body holds. */
export function readChatVerdict<Value>(
  body: unknown,
  read: (answer: NonNullable<ReturnType<typeof readAnswer>>) => Verdict<Value>,
): Verdict<Value> {
  const answer = readAnswer(firstChoice(body))
  return answer === null ? { type: 'unreadable', reason: 'The judge did not answer with a choice.' } : read(answer)
}

function oneCall(
  model: string | null,
  prompt: JudgePrompt,
  read: Parameters<typeof readChatVerdict<number>>[1],
): Judgement {
  if (model === null) return { type: 'unscored', reason: 'The metric names no model that judges.' }
  if (prompt.type !== 'request') return { type: 'unscored', reason: prompt.reason }
  return {
    type: 'calls',
    calls: [toChatCall(model, prompt.request)],
    read([body]) {
      const verdict = readChatVerdict(body, read)
      return verdict.type === 'read' ? { type: 'read', value: verdict.value, reason: verdict.reasoning } : verdict
    },
  }
}

function firstChoice(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, 'choices')) return null
  const choices: unknown = Reflect.get(body, 'choices')
  return Array.isArray(choices) ? choices[0] : null
}
