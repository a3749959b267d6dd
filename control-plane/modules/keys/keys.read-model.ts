import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotKey } from '../../../shared/snapshot/snapshot-schema.ts'
import { completeLimits } from './key-limits.ts'
import type { ApiKey } from './keys.model.ts'

export type { ApiKey }

export interface KeysReadModel {
  /** Newest first, revoked ones included. */
  list(workspaceId: string): Promise<ApiKey[]>
  names(workspaceId: string, keyIds: readonly string[]): Promise<Map<string, string>>
  /** Expired keys stay, so that their caller is told so; revoked ones are gone. */
  forSnapshot(workspaceId: string): Promise<SnapshotKey[]>
}

export function createKeysReadModel(keys: WorkspaceCollection<ApiKey>): KeysReadModel {
  return {
    list: (workspaceId) => keys.find(workspaceId, {}, { sort: { _id: -1 } }),

    async names(workspaceId, keyIds) {
      const found = await keys.find(workspaceId, { _id: { $in: [...keyIds] } })
      return new Map(found.map((key) => [key._id, key.name]))
    },

    async forSnapshot(workspaceId) {
      const live = await keys.find(workspaceId, { revokedAt: null })
      return live.map((key) => ({
        id: key._id,
        name: key.name,
        hash: key.hash,
        allowedModels: key.allowedModels && [...key.allowedModels],
        allowedSurfaces: key.allowedSurfaces && [...key.allowedSurfaces],
        expiresAt: key.expiresAt,
        limits: limitsForSnapshot(key),
        purpose: 'live',
      }))
    },
  }
}

function limitsForSnapshot(key: ApiKey): SnapshotKey['limits'] {
  const limits = completeLimits(key.limits)
  return Object.values(limits).some((limit) => limit !== null) ? limits : null
}
