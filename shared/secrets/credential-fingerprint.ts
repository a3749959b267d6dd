import { createHash } from 'node:crypto'

/** As much of a credential as decides whether a gateway takes it. */
interface CredentialState {
  readonly sealedSecret: string | null
  readonly baseUrl: string | null
  readonly settings: Readonly<Record<string, string>>
}

/**
 * Names one state of a credential: it changes with the secret, the address and the settings, and tells nothing of them.
 * What is said of a credential holds for the state it was said of, and not for the one that replaced it meanwhile.
 */
export function credentialFingerprint({ sealedSecret, baseUrl, settings }: CredentialState): string {
  const sorted = Object.entries(settings).toSorted(([left], [right]) => (left < right ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([sealedSecret, baseUrl, sorted]))
    .digest('hex')
    .slice(0, 16)
}
