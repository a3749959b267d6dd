import { gatewayBaseUrl, type GatewaySettings } from '../../shared/llm/gateways.ts'
import { unseal } from '../../shared/secrets/seal.ts'
import { readSecrets, type Secrets } from '../../shared/secrets/read-secrets.ts'
import type { SnapshotCredential } from '../../shared/snapshot/snapshot-schema.ts'

/** Secrets with the only address they may be sent to. Lives in memory alone. */
export interface OpenCredential {
  readonly baseUrl: string
  readonly secrets: Secrets
  readonly settings: GatewaySettings
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
    const { id, gateway, sealedSecret, settings } = credential
    const baseUrl = credential.baseUrl ?? gatewayBaseUrl(gateway, settings)
    if (!baseUrl) throw new Error(`credential ${id} names no base URL`)
    const secrets = sealedSecret === null ? {} : readSecrets(unseal(sealedSecret, id, masterKey))
    const open = { baseUrl: baseUrl.replace(/\/+$/, ''), secrets, settings }
    opened.set(credential, open)
    return open
  }
}
