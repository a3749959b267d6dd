import { GATEWAY_BASE_URLS } from '../../shared/llm/gateways.ts'
import { unseal } from '../../shared/secrets/seal.ts'
import type { SnapshotCredential } from '../../shared/snapshot/snapshot-schema.ts'

/** A secret with the only address it may be sent to. Lives in memory alone. */
export interface OpenCredential {
  readonly baseUrl: string
  readonly secret: string | null
}

/**
 * Makes the function that opens credentials. What is opened is remembered for as long as the snapshot that holds the
 * sealed form, so a call pays for no decryption.
 *
 * @param masterKey 32 bytes
 * @returns a function that throws Error when the secret was sealed under another master key, or no address is known
 */
export function createCredentialOpener(masterKey: Buffer): (credential: SnapshotCredential) => OpenCredential {
  const opened = new WeakMap<SnapshotCredential, OpenCredential>()
  return (credential) => {
    const known = opened.get(credential)
    if (known) return known
    const baseUrl = credential.baseUrl ?? GATEWAY_BASE_URLS[credential.gateway]
    if (!baseUrl) throw new Error(`credential ${credential.id} names no base URL`)
    const { sealedSecret } = credential
    const secret = sealedSecret === null ? null : unseal(sealedSecret, credential.id, masterKey)
    const open = { baseUrl: baseUrl.replace(/\/+$/, ''), secret }
    opened.set(credential, open)
    return open
  }
}
