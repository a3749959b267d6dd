import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { workspaceSnapshotSchema, type WorkspaceSnapshot } from '../../../shared/snapshot/snapshot-schema.ts'

/** A snapshot as it is kept to look back at, in the driver's words: compressed, and without what opens anything. */
export type PackedSnapshot = Uint8Array | { readonly buffer: Uint8Array; readonly position: number }

const [compress, expand] = [promisify(gzip), promisify(gunzip)]

/**
 * The snapshot with fingerprints in the place of key hashes and sealed secrets: two that differ still do, and what was
 * revoked or replaced is nowhere in what is kept.
 */
export function withoutSecrets(snapshot: WorkspaceSnapshot): WorkspaceSnapshot {
  return {
    ...snapshot,
    keys: snapshot.keys.map((key) => ({ ...key, hash: fingerprint(key.hash) })),
    credentials: snapshot.credentials.map((credential) => ({
      ...credential,
      sealedSecret: credential.sealedSecret === null ? null : fingerprint(credential.sealedSecret),
    })),
  }
}

/** @param snapshot as `withoutSecrets` gives it */
export async function packSnapshot(snapshot: WorkspaceSnapshot): Promise<Buffer> {
  return compress(JSON.stringify(snapshot))
}

/** @throws Error when it was damaged, or is of a form that this program no longer reads */
export async function unpackSnapshot(packed: PackedSnapshot): Promise<WorkspaceSnapshot> {
  const bytes = packed instanceof Uint8Array ? packed : packed.buffer.subarray(0, packed.position)
  return workspaceSnapshotSchema.parse(JSON.parse((await expand(bytes)).toString('utf8')))
}

/** In the form of a key's hash. */
function fingerprint(secret: string): string {
  return createHash('sha256').update(`fingerprint ${secret}`).digest('hex')
}
