import { classifyMessages } from '../../../shared/llm/classify-messages.ts'
import type { TaskClass } from '../../../shared/llm/routing-vocabulary.ts'
import { totalInputTokens } from '../../../shared/llm/usage.ts'
import type { Generation } from '../../../shared/queues/generations.queue.ts'

/** Of which model a score speaks, and at which class of task. */
export interface ScoreEvidence {
  /** As Signalbox calls it. */
  readonly modelId: string
  readonly taskClass: TaskClass
}

interface ServedCall extends Pick<Generation, 'model' | 'usage'> {
  readonly exposure: Pick<NonNullable<Generation['exposure']>, 'how' | 'contaminated'> | null
}

/**
 * What scores of a call may tell routing. Only where chance chose the variant is a difference of scores one of models:
 * whoever names a model may keep the hard prompts for it, and where everybody gets production there is nothing to
 * compare with. An answer of another model than the variant's came about because something failed.
 *
 * @param messages the call's; what was not kept is undefined, and its class `general`
 * @returns null: nothing
 */
export function evidenceOf({ exposure, model, usage }: ServedCall, messages: unknown): ScoreEvidence | null {
  if (exposure?.how !== 'allocated' || exposure.contaminated || model === null) return null
  const inputTokens = usage === null ? null : totalInputTokens(usage)
  return { modelId: model, taskClass: messages === undefined ? 'general' : classifyMessages(messages, inputTokens) }
}
