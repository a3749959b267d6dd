import type { SettingFault } from '../../../shared/ab-tests/setting-fault.ts'
import { customSettings } from './custom-settings.ts'
import { embeddingCalls, readEmbeddings } from './embedding-call.ts'
import { type Answer, readAnswer } from './evaluators/answer.ts'
import {
  checkEvaluatorSettings,
  EVALUATOR_KINDS,
  isEvaluatorKind,
  prepareEvaluator,
} from './evaluators/evaluator-kinds.ts'
import type { PreparedEvaluator } from './evaluators/kinds/define-kind.ts'
import { type Score, unscored } from './evaluators/score.ts'
import { type Judgement, judgeCall } from './judge-call.ts'
import type { EvaluationInput, Metric } from './evaluations.read-model.ts'

/** Every kind of metric: those of evaluators, and values that callers send. */
export const METRIC_KINDS: readonly string[] = [...Object.keys(EVALUATOR_KINDS), 'custom']

/** Whom a metric of a kind has to ask about each answer. `others`: it compares answers, which live calls do not have. */
export type MetricNeed = 'nothing' | 'judge' | 'embedding' | 'person' | 'others'

export function isMetricKind(kind: string): boolean {
  return kind === 'custom' || isEvaluatorKind(kind)
}

export function needsOf(kind: string): MetricNeed {
  if (!isEvaluatorKind(kind)) return 'person'
  const needs: readonly string[] = EVALUATOR_KINDS[kind].needs
  if (needs.includes('person')) return 'person'
  if (needs.includes('other-answers')) return 'others'
  if (needs.includes('judge')) return 'judge'
  return needs.includes('embedding') ? 'embedding' : 'nothing'
}

/** Whether metrics of a kind can say nothing of answers without an expected output. */
export function needsExpectedOutput(kind: string): boolean {
  if (!isEvaluatorKind(kind)) return false
  const needs: readonly string[] = EVALUATOR_KINDS[kind].needs
  return needs.includes('expected-output')
}

/** What is wrong with a metric's settings, by the paths of their fields; empty: nothing. */
export function checkSettings(kind: string, settings: object): readonly SettingFault[] {
  if (isEvaluatorKind(kind)) return checkEvaluatorSettings(kind, settings)
  return customSettings.safeParse(settings).success ? [] : [{ path: '', message: NO_RANGE }]
}

const NO_RANGE = 'must be empty, or have `lowest` and a higher `highest`, between which all values lie'

/** Scores an answer by a metric that asks nobody. */
export function scoreAnswer(
  metric: Pick<Metric, 'kind' | 'settings'>,
  input: Pick<EvaluationInput, 'answer' | 'finishReason' | 'expectedOutput'>,
): Score {
  const prepared = preparedOf(metric)
  const [fault] = prepared.type === 'invalid' ? prepared.faults : []
  if (fault) return unscored(`The metric's settings are not valid: ${fault.path} ${fault.message}.`)
  const answer = answerOf(input)
  if (answer === null || prepared.type !== 'ready') return NO_ANSWER
  return prepared.evaluate(answer, input.expectedOutput)
}

/** How a metric that asks a model comes to its score of an answer. */
export function judgedBy(
  metric: Metric,
  input: Pick<EvaluationInput, 'messages' | 'answer' | 'finishReason' | 'expectedOutput'>,
  fence: string,
): Judgement {
  const answer = answerOf(input)
  if (answer === null) return { type: 'unscored', reason: NO_ANSWER.reason }
  const { messages, expectedOutput: expected } = input
  if (needsOf(metric.kind) === 'judge') return judgeCall(metric, { messages, answer: answer.text, expected, fence })
  if (needsOf(metric.kind) === 'embedding') {
    const calls = embeddingCalls(metric, answer.text, expected)
    if (calls !== null) return { type: 'calls', calls, read: (bodies) => readEmbeddings(metric, bodies) }
  }
  return { type: 'unscored', reason: 'A metric of this kind does not score single answers, or not without more.' }
}

/** What is the answer's own. */
const NO_ANSWER = { score: null, reason: 'There is no answer in a form that is known here.' }

/** Regular expressions and schemas are compiled once for as long as the metric that was read is in use. */
const prepared = new WeakMap<object, PreparedEvaluator>()

function preparedOf(metric: Pick<Metric, 'kind' | 'settings'>): PreparedEvaluator {
  const known = prepared.get(metric)
  if (known) return known
  const made = prepareEvaluator(metric.kind, metric.settings)
  prepared.set(metric, made)
  return made
}

function answerOf({ answer, finishReason }: Pick<EvaluationInput, 'answer' | 'finishReason'>): Answer | null {
  return readAnswer({ message: answer, finish_reason: finishReason })
}
