import type { SnapshotKey } from '../../shared/snapshot/snapshot-schema.ts'
import { modelForbidden, modelNotFound, wrongModelKind } from '../errors.ts'
import type { RequestContext } from '../request-context.ts'
import type { KeyOwner } from '../snapshot/snapshot-store.ts'
import type { Candidate } from '../snapshot/workspace-view.ts'

/**
 * The ways to serve what the request names, best first.
 *
 * @throws SignalboxError `model_not_found` when the workspace has none; `forbidden` when the key may not use it;
 *   `invalid_request` when the model is of another kind than the path
 */
export function chooseCandidates(context: RequestContext, { workspace, key }: KeyOwner): readonly Candidate[] {
  const { requestedModel, kind } = context
  const candidates = workspace.findCandidates(requestedModel)
  const [first] = candidates
  if (!first) throw modelNotFound({ model: requestedModel }, { param: 'model' })
  if (!isAllowed(key, requestedModel, first)) throw modelForbidden({ model: requestedModel })
  if (first.model.kind !== kind) {
    throw wrongModelKind({ model: requestedModel, ...DOORS[first.model.kind] }, { param: 'model' })
  }
  return candidates
}

const DOORS = {
  chat: { kind: 'chat', path: '/v1/chat/completions' },
  embedding: { kind: 'embeddings', path: '/v1/embeddings' },
} as const

/** A key's list may hold a model's id or one of its other names; either way the model is meant. */
function isAllowed({ allowedModels }: SnapshotKey, requestedModel: string, { model }: Candidate): boolean {
  return allowedModels === null || allowedModels.includes(requestedModel) || allowedModels.includes(model.id)
}
