import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Generation } from '../../../shared/queues/generations.queue.ts'
import type { EvaluationInput } from './evaluations.read-model.ts'
import { evidenceOf } from './score-evidence.ts'

const DAY_MS = 24 * 3_600_000
/**
 * So long after the call its content is there for evaluators, or as long as its workspace keeps content where that is
 * shorter: judges may wait for their turn or for money.
 */
const KEPT_DAYS = 7

interface Deps {
  readonly inputs: WorkspaceCollection<EvaluationInput>
  /** How long a workspace keeps prompts and answers; null: as long as the record. */
  readonly contentRetentionDays: (workspaceId: string) => Promise<number | null>
  readonly enqueueEvaluation: (workspaceId: string, generationId: string) => Promise<void>
}

/**
 * Keeps what evaluators need of live calls that ask for them, and has them evaluated. Again with the same records it
 * changes nothing that matters: what is kept stays, and an evaluation gives the same scores.
 */
export function createKeepInputs({ inputs, contentRetentionDays, enqueueEvaluation }: Deps) {
  return async (generations: readonly Generation[]): Promise<void> => {
    const wanted = generations.flatMap(toInput)
    for (const [workspaceId, theirs] of Map.groupBy(wanted, (input) => input.workspaceId)) {
      const days = Math.min(KEPT_DAYS, (await contentRetentionDays(workspaceId)) ?? KEPT_DAYS)
      await inputs.insertMissing(theirs.map((input) => ({ ...input, expiresAt: new Date(input.at + days * DAY_MS) })))
    }
    await Promise.all(wanted.map(({ workspaceId, _id }) => enqueueEvaluation(workspaceId, _id)))
  }
}

function toInput(generation: Generation): Omit<EvaluationInput, 'expiresAt'>[] {
  const { id, workspaceId, purpose, kind, status, exposure, work, finishReason, startedAt } = generation
  if (purpose !== 'live' || kind !== 'chat' || exposure === null || !work?.evaluate) return []
  // A caller who leaves says nothing of the variant, and half an answer would be scored as a bad one.
  if (status === 'cancelled') return []
  // Nothing was answered: there is nothing to score. The error rate counts it.
  if (work.answer === undefined || work.answer === null) return []
  return [
    {
      _id: id,
      workspaceId,
      abTestId: exposure.abTestId,
      variantId: exposure.variantId,
      unitId: exposure.unitId,
      messages: work.messages ?? null,
      answer: work.answer,
      expectedOutput: work.expectedOutput,
      finishReason,
      at: startedAt,
      evidence: evidenceOf(generation, work.messages),
    },
  ]
}
