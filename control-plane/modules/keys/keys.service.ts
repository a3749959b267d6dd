import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import type { KeyLimits } from '../../../shared/limits/limit-settings.ts'
import type { Surface } from '../../../shared/llm/surfaces.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { createApiKey } from '../../../shared/secrets/api-key.ts'
import { hashKey } from '../../../shared/secrets/hash-key.ts'
import { expiryInThePast, keyNotFound } from './keys.errors.ts'
import type { ApiKey } from './keys.model.ts'

export interface NewKey {
  readonly name: string
  readonly allowedModels: readonly string[] | null
  readonly allowedSurfaces: readonly Surface[] | null
  readonly expiresAt: number | null
  readonly limits?: Partial<KeyLimits>
  readonly createdBy: string
}

export interface KeysService {
  /** Gives the key itself once; only its hash is kept. */
  create(workspaceId: string, key: NewKey): Promise<{ key: ApiKey; secret: string }>
  /** What is left out stays as it is. */
  updateLimits(workspaceId: string, keyId: string, changes: Partial<KeyLimits>): Promise<ApiKey>
  /** Revoking twice is fine. */
  revoke(workspaceId: string, keyId: string): Promise<ApiKey>
}

interface Deps {
  readonly keys: WorkspaceCollection<ApiKey>
  readonly snapshots: SnapshotWriter
  readonly keyPrefix: string
  readonly clock: Clock
  readonly createId: CreateId
}

export function createKeysService({ keys, snapshots, keyPrefix, clock, createId }: Deps): KeysService {
  return {
    async create(workspaceId, newKey) {
      const now = clock.now()
      if (newKey.expiresAt !== null && newKey.expiresAt <= now) throw expiryInThePast({}, { param: 'expiresAt' })
      const secret = createApiKey(keyPrefix)
      const key: ApiKey = {
        _id: createId(),
        workspaceId,
        ...newKey,
        hash: hashKey(secret),
        lastFour: secret.slice(-4),
        revokedAt: null,
        createdAt: now,
      }
      await snapshots.change(workspaceId, () => keys.insert(key))
      return { key, secret }
    },

    async updateLimits(workspaceId, keyId, changes) {
      const fields = Object.fromEntries(Object.entries(changes).map(([field, value]) => [`limits.${field}`, value]))
      return snapshots.change(workspaceId, async () => {
        const updated = await keys.update(workspaceId, { _id: keyId }, { $set: fields })
        if (!updated) throw keyNotFound({})
        return updated
      })
    },

    async revoke(workspaceId, keyId) {
      const key = await keys.findOne(workspaceId, { _id: keyId })
      if (!key) throw keyNotFound({})
      if (key.revokedAt !== null) return key
      const revokedAt = clock.now()
      await snapshots.change(workspaceId, () => keys.update(workspaceId, { _id: keyId }, { $set: { revokedAt } }))
      return { ...key, revokedAt }
    },
  }
}
