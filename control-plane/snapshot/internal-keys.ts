import { hashKey } from '../../shared/secrets/hash-key.ts'
import { internalKey, type InternalPurpose } from '../../shared/secrets/internal-key.ts'
import type { SnapshotKey } from '../../shared/snapshot/snapshot-schema.ts'

const PURPOSES: readonly InternalPurpose[] = ['benchmark', 'evaluation']

/** The keys with which Signalbox itself calls the data plane for a workspace, as its snapshot lists them. */
export function internalKeys(
  workspaceId: string,
  { masterKey, keyPrefix: prefix }: { readonly masterKey: Buffer; readonly keyPrefix: string },
): SnapshotKey[] {
  return PURPOSES.map((purpose) => ({
    id: `internal:${purpose}`,
    name: `Signalbox (${purpose})`,
    hash: hashKey(internalKey(masterKey, { workspaceId, purpose, prefix })),
    allowedModels: null,
    allowedSurfaces: null,
    expiresAt: null,
    limits: null,
    purpose,
  }))
}
