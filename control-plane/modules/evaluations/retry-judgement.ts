import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { judgementExpired, judgementNotFound } from './evaluations.errors.ts'
import type { EvaluationInput, MissedJudgement } from './evaluations.read-model.ts'

interface Deps {
  readonly inputs: WorkspaceCollection<EvaluationInput>
  readonly missed: WorkspaceCollection<MissedJudgement>
  readonly enqueueJudgement: (workspaceId: string, generationId: string, metricId: string) => Promise<void>
}

/**
 * Has something judged once more that was not. It stays listed until it is judged, so that nothing is lost on the way.
 *
 * @throws judgementNotFound, judgementExpired
 */
export function createRetryJudgement({ inputs, missed, enqueueJudgement }: Deps) {
  return async (workspaceId: string, judgementId: string): Promise<MissedJudgement> => {
    const judgement = await missed.findOne(workspaceId, { _id: judgementId })
    if (!judgement) throw judgementNotFound({}, { param: 'id' })
    const { generationId, metricId } = judgement
    if (!(await inputs.findOne(workspaceId, { _id: generationId }))) throw judgementExpired({}, { param: 'id' })
    await enqueueJudgement(workspaceId, generationId, metricId)
    return judgement
  }
}
